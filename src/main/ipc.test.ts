import { handlersWith } from '../../test/refusing-handlers.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiHandlers } from '../contracts/api.ts';
import { apiNames } from '../contracts/calls.ts';
import { callChannel, droppedChannel } from '../contracts/channels.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { initialSettings } from '../contracts/settings.ts';
import { applicationAddress } from './addresses.ts';
import { registerCalls } from './ipc.ts';
import type { Caller, IpcRegistry } from './ipc.ts';

type Listener = Parameters<IpcRegistry['handle']>[1];

/** A caller whose frame shows `address`; `top: false` makes it a frame inside the page. */
function callerAt(address: string, { top = true } = {}): Caller {
  const frame = { url: address };
  return { senderFrame: frame, sender: { mainFrame: top ? frame : { url: address } } } as unknown as Caller;
}
const ownWindow = callerAt(`${applicationAddress}runs`);

describe('calls over IPC', () => {
  let channels: Map<string, Listener>;
  let unexpected: unknown[];

  const register = (own: Partial<ApiHandlers> = {}): void => {
    channels = new Map();
    unexpected = [];
    const registry = {
      handle: (channel: string, listener: Listener) => void channels.set(channel, listener),
      on: () => undefined,
    };
    registerCalls(registry, handlersWith(own), {
      ownAddress: applicationAddress,
      takeDropped: () => Promise.resolve([]),
      onUnexpected: (_call, thrown) => unexpected.push(thrown),
    });
  };
  const invoke = (name: string, parameters: unknown, caller: Caller = ownWindow): Promise<unknown> => {
    const listener = channels.get(`microbatch:call:${name}`);
    if (listener === undefined) throw new Error(`no channel for ${name}`);
    return listener(caller as Parameters<Listener>[0], 1, parameters);
  };
  beforeEach(() => register());

  it('have one channel each, dropped files one of their own, and there is no other', () => {
    expect([...channels.keys()].sort()).toEqual([...apiNames.map(callChannel), droppedChannel].sort());
  });

  it('answer with the result', async () => {
    register({
      'settings.write': ({ theme }) => Promise.resolve({ ...initialSettings, theme: theme ?? 'system' }),
    });
    expect(await invoke('settings.write', { theme: 'light' })).toEqual({
      result: { ...initialSettings, theme: 'light' },
    });
  });

  it.each([
    ['a foreign page', callerAt('https://example.org/')],
    ['a page that only mentions ours', callerAt('https://example.org/?x=app://microbatch/')],
    ['a frame inside our page', callerAt(applicationAddress, { top: false })],
    ['a frame that is gone', { ...ownWindow, senderFrame: null }],
  ])('refuse %s before looking at the parameters', async (_who, caller) => {
    expect(await invoke('runs.list', { anything: 1 }, caller)).toMatchObject({
      error: { code: 'request/foreign-sender' },
    });
  });

  it.each([
    ['a missing field', 'runs.get', {}],
    ['a wrong type', 'runs.rename', { run: 'a', name: 7 }],
    ['nothing at all', 'runs.create', undefined],
    ['something where nothing belongs', 'runs.list', { all: true }],
  ])('refuse %s', async (_what, name, parameters) => {
    expect(await invoke(name, parameters)).toMatchObject({ error: { code: 'request/invalid-parameters' } });
  });

  it('refuse more than the limit, and what is not plain data', async () => {
    expect(await invoke('runs.rename', { run: 'a', name: 'x'.repeat(1_000_000) })).toMatchObject({
      error: { code: 'request/too-large' },
    });
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(await invoke('runs.get', circle)).toMatchObject({ error: { code: 'request/too-large' } });
  });

  it('refuse a call without an id', async () => {
    const listener = channels.get('microbatch:call:runs.list');
    expect(await listener?.(ownWindow as Parameters<Listener>[0], null)).toMatchObject({
      error: { code: 'request/malformed' },
    });
  });

  it("pass the application's own errors on whole", async () => {
    const error = { code: 'runs/unknown', message: 'there is no run x', expected: 'an id', remedy: 'list the runs' };
    register({ 'runs.get': () => Promise.reject(new MicrobatchError(error)) });
    expect(await invoke('runs.get', { run: 'x' })).toEqual({ error });
  });

  it('hide every other failure behind a code and report it on our side', async () => {
    const failure = new TypeError('cannot read /home/someone/secret');
    register({ 'runs.get': () => Promise.reject(failure) });
    const reply = await invoke('runs.get', { run: 'x' });
    expect(reply).toMatchObject({ error: { code: 'internal/unexpected' } });
    expect(JSON.stringify(reply)).not.toMatch(/secret|stack|TypeError/);
    expect(unexpected).toEqual([failure]);
  });
});
