import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { ApiEmit, ApiHandlers, MicrobatchBridge } from '../src/contracts/api.ts';
import { startWebHost } from '../src/headless/web-host.ts';
import { applicationAddress } from '../src/main/addresses.ts';
import { registerCalls } from '../src/main/ipc.ts';
import { sendEventsTo } from '../src/main/window-events.ts';
import { ipcBridge } from '../src/preload/ipc-bridge.ts';
import { connectWebSocket } from '../src/renderer/bridge/web-bridge.ts';
import { IpcPair } from './ipc-pair.ts';
import { MemoryBridge } from './memory-bridge.ts';
import { handlersWith } from './refusing-handlers.ts';

/** A window's bridge and the host behind it, in the hands of a test. */
export interface OpenBridge {
  readonly bridge: MicrobatchBridge;
  readonly emit: ApiEmit;
  close(): Promise<void>;
}

const unforeseen = (where: string, thrown: unknown): void => {
  console.error(where, thrown);
};

export function openMemory(handlers: Partial<ApiHandlers>): Promise<OpenBridge> {
  const bridge = new MemoryBridge(handlers);
  bridge.connection('connected');
  return Promise.resolve({
    bridge,
    emit: (name, event) => bridge.emit(name, event),
    close: () => Promise.resolve(),
  });
}

export function openIpc(handlers: Partial<ApiHandlers>): Promise<OpenBridge> {
  const pair = new IpcPair(applicationAddress);
  registerCalls(pair.registry, handlersWith(handlers), {
    ownAddress: applicationAddress,
    takeDropped: (paths) =>
      Promise.resolve([{ kind: 'import', files: paths.map((path) => ({ file: 'file:1', path })) }]),
    onUnexpected: unforeseen,
  });
  const emit = sendEventsTo({ page: pair.page, registry: pair.registry, ownAddress: applicationAddress });
  return Promise.resolve({
    bridge: ipcBridge(pair.renderer, ({ name }) => (name.startsWith('/') ? name : '')),
    emit,
    close: () => Promise.resolve(),
  });
}

/** A real web host on this machine and the window's own client of it. */
export async function openWebSocket(handlers: Partial<ApiHandlers>): Promise<OpenBridge> {
  const folder = await mkdtemp(join(tmpdir(), 'microbatch-bridge-'));
  const listeners = new Set<ApiEmit>();
  const host = await startWebHost({
    handlers: handlersWith(handlers),
    events: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    pages: folder,
    host: '127.0.0.1',
    port: 0,
    onUnexpected: unforeseen,
  });
  const { port, searchParams } = new URL(host.address);
  const own = globalThis.WebSocket;
  // A browser adds cookie and origin by itself.
  class BrowserSocket extends WebSocket {
    constructor(address: string) {
      const cookie = `microbatch_${port}=${searchParams.get('token') ?? ''}`;
      super(address, { headers: { cookie, origin: `http://127.0.0.1:${port}` } });
    }
  }
  Reflect.set(globalThis, 'WebSocket', BrowserSocket);
  const web = connectWebSocket(`ws://127.0.0.1:${port}/bridge`);
  return {
    bridge: web.bridge,
    emit: (name, event) => {
      for (const listener of listeners) listener(name, event);
    },
    close: async () => {
      web.close();
      Reflect.set(globalThis, 'WebSocket', own);
      await host.close();
      await rm(folder, { recursive: true });
    },
  };
}
