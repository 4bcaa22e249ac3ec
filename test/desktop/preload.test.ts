import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

const file = join(resolve(import.meta.dirname, '../..'), 'out', 'preload', 'preload.cjs');

interface Loaded {
  readonly exposed: Record<string, Record<string, unknown>>;
  readonly said: readonly unknown[][];
}

/** Runs the built preload script as a sandboxed window does: with `require` for electron alone, and nothing of Node. */
function load(): Loaded {
  const exposed: Loaded['exposed'] = {};
  const said: unknown[][] = [];
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: Record<string, unknown>) => (exposed[name] = api) },
    ipcRenderer: {
      invoke: (...sent: unknown[]) => Promise.resolve(said.push(sent)),
      send: (...sent: unknown[]) => said.push(sent),
      on: () => undefined,
    },
    webUtils: { getPathForFile: () => '' },
  };
  const require = (name: string): unknown => {
    if (name === 'electron') return electron;
    throw new Error(`a sandboxed preload script cannot require ${name}`);
  };
  runInNewContext(readFileSync(file, 'utf8'), { require, module: { exports: {} }, exports: {}, console });
  return { exposed, said };
}

describe('the preload script', () => {
  it('gives the page the four functions of the bridge, and no object of Electron or Node', () => {
    const { exposed } = load();
    expect(Object.keys(exposed)).toEqual(['microbatch']);
    const bridge = exposed.microbatch ?? {};
    expect(Object.keys(bridge).sort()).toEqual(['call', 'onConnection', 'subscribe', 'takeFiles']);
    for (const member of Object.values(bridge)) {
      expect(typeof member).toBe('function');
      expect(Object.keys(member as object)).toEqual([]);
    }
  });

  it('speaks on channels of the application alone, whatever a page calls', () => {
    const { exposed, said } = load();
    const call = exposed.microbatch?.call as (name: string, parameters: unknown) => Promise<unknown>;
    for (const name of ['runs.list', '../dropped', 'electron-store-get-data', '__proto__']) {
      call(name, null).catch(() => undefined);
    }
    const channels = said.map(([channel]) => String(channel));
    expect(channels.filter((channel) => !channel.startsWith('microbatch:'))).toEqual([]);
    expect(channels.slice(1)).toEqual([
      'microbatch:call:runs.list',
      'microbatch:call:../dropped',
      'microbatch:call:electron-store-get-data',
      'microbatch:call:__proto__',
    ]);
  });
});
