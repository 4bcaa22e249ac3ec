import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket as ServerSocket } from 'ws';
import { wireRequest } from '../../contracts/api.ts';
import { initialSettings } from '../../contracts/settings.ts';
import { connectWebSocket } from './web-bridge.ts';
import type { WebBridge } from './web-bridge.ts';

const settings = { ...initialSettings, theme: 'dark' } as const;

/** A host that answers `settings.read`, refuses `runs.stop`, and leaves everything else unanswered. */
class Host {
  readonly heard: string[] = [];
  #server: WebSocketServer | null = null;
  #sockets: ServerSocket[] = [];
  port = 0;

  async open(): Promise<void> {
    const server = new WebSocketServer({ port: this.port, host: '127.0.0.1' });
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.push(socket);
      socket.on('message', (data) => this.#answer(socket, Buffer.isBuffer(data) ? data.toString('utf8') : ''));
    });
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
  }

  tell(message: unknown): void {
    for (const socket of this.#sockets) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    this.#sockets = [];
    await new Promise((resolve) => (this.#server === null ? resolve(null) : this.#server.close(resolve)));
    this.#server = null;
  }

  #answer(socket: ServerSocket, text: string): void {
    const request = wireRequest.parse(JSON.parse(text));
    if ('cancel' in request) return;
    const { id, name } = request;
    this.heard.push(name);
    if (name === 'settings.read') socket.send(JSON.stringify({ id, result: settings }));
    if (name === 'settings.write') socket.send(JSON.stringify({ id, result: { theme: 'purple' } }));
    if (name === 'runs.stop') {
      socket.send(JSON.stringify({ id, error: { code: 'run/unknown', message: 'there is no run abc' } }));
    }
  }
}

const host = new Host();
let web: WebBridge;
const states: string[] = [];

const until = (condition: () => boolean): Promise<void> => expect.poll(condition).toBe(true);

/** A call waits for the connection as long as a busy machine may need, unless it is to give up. */
function connect(patience = 60_000): void {
  web = connectWebSocket(`ws://127.0.0.1:${String(host.port)}/bridge`, { pauses: [20, 40], patience });
  web.bridge.onConnection((state) => states.push(state));
}

beforeEach(async () => {
  states.length = 0;
  host.heard.length = 0;
  await host.open();
  connect();
});
afterEach(async () => {
  web.close();
  await host.close();
});

describe('calls over the web socket', () => {
  it('made before the connection stands wait for it', async () => {
    expect(await web.bridge.call('settings.read', null)).toEqual(settings);
    expect(states).toEqual(['connected']);
  });

  it('made as soon as the connection stands are sent once, like those that waited for it', async () => {
    const waited = web.bridge.call('settings.read', null);
    const atOnce = new Promise((resolve, reject) => {
      web.bridge.onConnection((state) => {
        if (state === 'connected') web.bridge.call('settings.read', null).then(resolve, reject);
      });
    });
    expect(await waited).toEqual(settings);
    expect(await atOnce).toEqual(settings);
    await web.bridge.call('settings.read', null);
    expect(host.heard).toHaveLength(3);
  });

  it('are rejected with the error of the host', async () => {
    await expect(web.bridge.call('runs.stop', { run: 'abc' })).rejects.toMatchObject({ code: 'run/unknown' });
  });

  it('are rejected where the answer is not of the contract', async () => {
    await expect(web.bridge.call('settings.write', { theme: 'dark' })).rejects.toMatchObject({
      code: 'host/unreadable',
    });
  });

  it('on their way when the connection breaks are rejected', async () => {
    const pending = web.bridge.call('runs.list', null);
    const rejection = expect(pending).rejects.toMatchObject({ code: 'host/connection-lost' });
    await until(() => host.heard.includes('runs.list'));
    await host.close();
    await rejection;
  });

  it('without a connection give up after a while', async () => {
    web.close();
    await host.close();
    connect(50);
    await expect(web.bridge.call('settings.read', null)).rejects.toMatchObject({ code: 'host/connection-lost' });
  });
});

describe('the connection', () => {
  it('comes back by itself, and calls that waited are answered', async () => {
    await web.bridge.call('settings.read', null);
    await host.close();
    await until(() => states.includes('lost'));
    const waiting = web.bridge.call('settings.read', null);
    await host.open();
    expect(await waiting).toEqual(settings);
    expect(states).toEqual(['connected', 'lost', 'connected']);
  });

  it('tells when it tries again, and tries at once when asked', async () => {
    await web.bridge.call('settings.read', null);
    web.close();
    web = connectWebSocket(`ws://127.0.0.1:${String(host.port)}/bridge`, { pauses: [60_000] });
    web.bridge.onConnection((state) => states.push(state));
    await web.bridge.call('settings.read', null);
    await host.close();
    await until(() => states.includes('lost'));
    expect((web.reconnection.nextAttempt() ?? 0) - Date.now()).toBeGreaterThan(50_000);
    await host.open();
    web.reconnection.tryNow();
    await until(() => states.at(-1) === 'connected');
    expect(web.reconnection.nextAttempt()).toBeNull();
  });

  it('tells late listeners its present state', async () => {
    await web.bridge.call('settings.read', null);
    const heard: string[] = [];
    web.bridge.onConnection((state) => heard.push(state));
    expect(heard).toEqual(['connected']);
  });
});

describe('events over the web socket', () => {
  it('reach their listeners until these leave; what is not of the contract reaches nobody', async () => {
    await web.bridge.call('settings.read', null);
    const heard: string[] = [];
    const leave = web.bridge.subscribe('run.removed', ({ run }) => heard.push(run));
    host.tell({ event: 'run.removed', payload: { run: 'a' } });
    host.tell({ event: 'run.removed', payload: { run: 7 } });
    host.tell({ event: 'unheard.of', payload: {} });
    host.tell({ event: 'run.removed', payload: { run: 'b' } });
    await until(() => heard.includes('b'));
    leave();
    host.tell({ event: 'run.removed', payload: { run: 'c' } });
    await web.bridge.call('settings.read', null);
    expect(heard).toEqual(['a', 'b']);
  });

  it('survive a message that is not JSON', async () => {
    await web.bridge.call('settings.read', null);
    host.tell('{');
    expect(await web.bridge.call('settings.read', null)).toEqual(settings);
  });
});

describe("files of the browser's machine", () => {
  const json = (value: unknown): string => JSON.stringify(value);

  it('are read where they are specs', async () => {
    const text = json({ method: 'small-batch', dataset: { id: 'fashion-mnist-small' } });
    expect(await web.bridge.takeFiles([new File([text], 'spec.json')])).toEqual([
      { kind: 'spec', name: 'spec.json', text },
    ]);
  });

  it('are sent to the host where they are none, with their share of all bytes', async () => {
    const told: number[] = [];
    const sender = connectWebSocket(`ws://127.0.0.1:${String(host.port)}/bridge`, {
      upload: (file, { progress }) => {
        progress?.(0.5);
        return Promise.resolve({ file: `upload:${file.name}`, path: file.name });
      },
    });
    const files = [new File(['0123'], 'a.csv'), new File(['012345678901'], 'b.csv')];
    const taken = await sender.bridge.takeFiles(files, { progress: (fraction) => told.push(fraction) });
    sender.close();
    expect(taken).toEqual([
      {
        kind: 'import',
        files: [
          { file: 'upload:a.csv', path: 'a.csv' },
          { file: 'upload:b.csv', path: 'b.csv' },
        ],
      },
    ]);
    expect(told).toEqual([2 / 16, 10 / 16]);
  });

  it.each([
    ['no spec', json({ loss: 1 })],
    ['no JSON', 'step,loss'],
    ['as large as no spec is', json({ method: 'small-batch', dataset: 'x'.repeat(1_000_000) })],
  ])('are refused with what to do where they are %s', async (_what, text) => {
    await expect(web.bridge.takeFiles([new File([text], 'a.json')])).rejects.toMatchObject({
      code: 'files/no-path',
      message: expect.stringContaining('a.json') as unknown,
    });
  });
});
