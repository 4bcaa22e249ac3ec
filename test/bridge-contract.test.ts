import { afterEach, describe, expect, it } from 'vitest';
import type { ApiHandlers, ApiName, CallContext } from '../src/contracts/api.ts';
import { maximumRequestBytes } from '../src/contracts/api.ts';
import { cancelledBy } from '../src/contracts/calls.ts';
import { MicrobatchError } from '../src/contracts/errors.ts';
import { initialSettings } from '../src/contracts/settings.ts';
import { openIpc, openMemory, openWebSocket } from './open-bridges.ts';
import type { OpenBridge } from './open-bridges.ts';

const settings = { ...initialSettings, theme: 'dark' } as const;

/** What every way between a window and its host keeps: the double of the tests, Electron's IPC, the WebSocket. */
describe.each([
  ['memory', openMemory],
  ['IPC', openIpc],
  ['WebSocket', openWebSocket],
])('the bridge over %s', (_transport, open) => {
  let opened: OpenBridge;
  const begin = async (handlers: Partial<ApiHandlers> = {}): Promise<OpenBridge> => {
    opened = await open(handlers);
    // The first answer shows that the window listens.
    await opened.bridge.call('presets.list', null).catch(() => undefined);
    return opened;
  };
  afterEach(() => opened.close());

  it('answers a call with its result, and calls at once each with its own', async () => {
    const { bridge } = await begin({
      'settings.read': () => Promise.resolve(settings),
      'runs.log': ({ run }) => Promise.resolve([run]),
    });
    const runs = Array.from({ length: 50 }, (_, index) => String(index));
    expect(await Promise.all(runs.map((run) => bridge.call('runs.log', { run })))).toEqual(runs.map((run) => [run]));
    expect(await bridge.call('settings.read', null)).toEqual(settings);
  });

  it('rejects with the error of the host, whole', async () => {
    const error = { code: 'runs/unknown', message: 'there is no run x', expected: 'an id', remedy: 'list the runs' };
    const { bridge } = await begin({ 'runs.get': () => Promise.reject(new MicrobatchError(error)) });
    await expect(bridge.call('runs.get', { run: 'x' })).rejects.toMatchObject(error);
  });

  it.each([
    ['a call that the table does not have', 'runs.explode', null, 'request/unknown'],
    ['a name that every object has', 'constructor', null, 'request/unknown'],
    ['parameters of the wrong form', 'runs.get', { run: 7 }, 'request/invalid-parameters'],
    ['something where nothing belongs', 'runs.list', { all: true }, 'request/invalid-parameters'],
    ['more than may be sent', 'runs.log', { run: 'x'.repeat(maximumRequestBytes) }, 'request/too-large'],
  ])('refuses %s, and goes on', async (_what, name, parameters, code) => {
    const { bridge } = await begin({ 'settings.read': () => Promise.resolve(settings) });
    await expect(bridge.call(name as ApiName, parameters as never)).rejects.toMatchObject({ code });
    expect(await bridge.call('settings.read', null)).toEqual(settings);
  });

  it('gives a call up when asked: the window learns it at once, the host stops its work', async () => {
    let context: CallContext | undefined;
    const { bridge } = await begin({
      'devices.probe': (_nothing, given) => {
        context = given;
        return new Promise(() => undefined);
      },
      'settings.read': () => Promise.resolve(settings),
    });
    const controller = new AbortController();
    const call = bridge.call('devices.probe', null, cancelledBy(controller.signal));
    const rejected = expect(call).rejects.toMatchObject({ code: 'request/cancelled' });
    await expect.poll(() => context).toBeDefined();
    expect(context?.signal.aborted).toBe(false);
    controller.abort();
    await rejected;
    await expect.poll(() => context?.signal.aborted).toBe(true);
    expect(await bridge.call('settings.read', null)).toEqual(settings);
  });

  it('does not begin a call that was given up before', async () => {
    const { bridge } = await begin({ 'settings.read': () => Promise.resolve(settings) });
    const call = bridge.call('settings.read', null, cancelledBy(AbortSignal.abort()));
    await expect(call).rejects.toMatchObject({ code: 'request/cancelled' });
  });

  it('leaves an answered call alone when it is given up later', async () => {
    const { bridge } = await begin({ 'settings.read': () => Promise.resolve(settings) });
    const controller = new AbortController();
    expect(await bridge.call('settings.read', null, cancelledBy(controller.signal))).toEqual(settings);
    controller.abort();
    expect(await bridge.call('settings.read', null)).toEqual(settings);
  });

  it('carries events in their order to who listens, and to nobody after', async () => {
    const { bridge, emit } = await begin();
    const heard: string[] = [];
    const leave = bridge.subscribe('run.removed', ({ run }) => heard.push(run));
    bridge.subscribe('sweep.removed', ({ sweep }) => heard.push(sweep));
    emit('run.removed', { run: 'a' });
    emit('sweep.removed', { sweep: 'b' });
    emit('settings.changed', settings);
    await expect.poll(() => heard).toEqual(['a', 'b']);
    leave();
    emit('run.removed', { run: 'c' });
    emit('sweep.removed', { sweep: 'd' });
    await expect.poll(() => heard).toEqual(['a', 'b', 'd']);
  });

  it('carries every point of ten thousand events, and the newest state', async () => {
    const { bridge, emit } = await begin();
    const steps: number[] = [];
    let last = -1;
    bridge.subscribe('run.metrics', ({ series }) => steps.push(...(series['train/loss']?.steps ?? [])));
    bridge.subscribe('import.progress', ({ fraction }) => {
      last = fraction;
    });
    for (let step = 0; step < 10_000; step += 1) {
      emit('run.metrics', { run: 'a', series: { 'train/loss': { steps: [step], values: [1] } } });
      emit('import.progress', { file: 'b', fraction: step / 9999 });
    }
    await expect.poll(() => [steps.length, last]).toEqual([10_000, 1]);
    expect(steps).toEqual(Array.from({ length: 10_000 }, (_, step) => step));
  });

  it('refuses files that the host cannot reach', async () => {
    const { bridge } = await begin();
    const made = new File(['step,loss\n'], 'curves.csv');
    await expect(bridge.takeFiles([made])).rejects.toMatchObject({ code: 'files/no-path' });
  });

  it('tells a late listener that it is connected', async () => {
    const { bridge } = await begin();
    const heard: string[] = [];
    bridge.onConnection((state) => heard.push(state));
    expect(heard).toEqual(['connected']);
  });
});
