import { beforeEach, describe, expect, it } from 'vitest';
import { runOf } from '../../../test/comparison-runs.ts';
import { MemoryBridge } from '../../../test/memory-bridge.ts';
import { settled, windowStores } from '../../../test/window-stores.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { useRuns } from './runs.ts';
import { useToasts } from './toasts.ts';

const older = runOf('small-batch', 1, 70, {}, { name: 'pair' });
const newer = runOf('large-batch', 1, 68);
let library: RunRecord[];
let bridge: MemoryBridge;
let runs: ReturnType<typeof useRuns>;
let toasts: ReturnType<typeof useToasts>;

beforeEach(() => {
  library = [older, newer];
  bridge = new MemoryBridge({ 'runs.list': () => Promise.resolve(library) });
  const pinia = windowStores(bridge);
  runs = useRuns(pinia);
  toasts = useToasts(pinia);
});

const ids = (): string[] => runs.records.map(({ id }) => id);

describe('the runs of a window', () => {
  it('are read when the host is there, the newest first', async () => {
    expect(runs.loaded).toBe(false);
    bridge.connection('connected');
    await settled();
    expect(runs.loaded).toBe(true);
    expect(ids()).toEqual([newer.id, older.id]);
  });

  it('follow the events of the host', async () => {
    bridge.connection('connected');
    await settled();
    bridge.emit('run.changed', { ...older, name: 'renamed' });
    bridge.emit('run.removed', { run: newer.id });
    expect(ids()).toEqual([older.id]);
    expect(runs.byId(older.id)?.name).toBe('renamed');
  });

  it('keep what events said while the list was on its way', async () => {
    bridge.connection('connected');
    bridge.emit('run.changed', { ...older, name: 'renamed' });
    bridge.emit('run.removed', { run: newer.id });
    await settled();
    expect(ids()).toEqual([older.id]);
    expect(runs.byId(older.id)?.name).toBe('renamed');
  });

  it('are read again when a lost connection comes back', async () => {
    bridge.connection('connected');
    await settled();
    bridge.connection('lost');
    library = [newer];
    bridge.connection('connected');
    await settled();
    expect(ids()).toEqual([newer.id]);
  });

  it('stay as they are where the list cannot be read, and the reason is told', async () => {
    bridge.connection('connected');
    await settled();
    bridge.handlers = {
      ...bridge.handlers,
      'runs.list': () => Promise.reject(new MicrobatchError({ code: 'library/missing', message: 'no library' })),
    };
    await runs.load();
    expect(ids()).toHaveLength(2);
    expect(runs.loadError?.code).toBe('library/missing');
  });

  it('keep the progress of a run only while it trains', () => {
    const training = runOf('small-batch', 2, null, {}, { status: 'running' });
    bridge.emit('run.changed', training);
    const progress = {
      run: training.id,
      step: 5,
      steps: 100,
      seconds: 1,
      stepsPerSecond: 5,
      remainingSeconds: 19,
      underway: 0,
      evaluated: null,
    };
    bridge.emit('run.progress', progress);
    expect(runs.progress.get(training.id)?.step).toBe(5);
    bridge.emit('run.changed', { ...training, status: 'done' });
    expect(runs.progress.has(training.id)).toBe(false);
  });
});

describe('what is done to a run', () => {
  it('and fails is told at the edge of the window', async () => {
    await runs.pause(older.id);
    expect(toasts.items.map(({ kind, text }) => [kind, text])).toEqual([['error', 'Runs.pause refused']]);
  });

  it('removes several at once, and one undo brings all of them back', async () => {
    const removed: string[] = [];
    bridge.handlers = {
      ...bridge.handlers,
      'runs.remove': ({ run }) => {
        removed.push(run);
        return Promise.resolve(null);
      },
      'runs.restore': ({ run }) => Promise.resolve(run === older.id ? older : newer),
    };
    bridge.connection('connected');
    await settled();
    await runs.removeAll([older.id, newer.id]);
    expect(removed).toEqual([older.id, newer.id]);
    expect(ids()).toEqual([]);
    expect(toasts.items.at(-1)?.text).toBe('Removed 2 runs');
    await toasts.items.at(-1)?.undo?.();
    expect(ids()).toEqual([newer.id, older.id]);
  });

  it('keeps those that were removed before one could not be', async () => {
    bridge.handlers = {
      ...bridge.handlers,
      'runs.remove': ({ run }) =>
        run === older.id
          ? Promise.resolve(null)
          : Promise.reject(new MicrobatchError({ code: 'run/wrong-status', message: 'it trains' })),
    };
    bridge.connection('connected');
    await settled();
    await runs.removeAll([older.id, newer.id]);
    expect(ids()).toEqual([newer.id]);
    expect(toasts.items.map(({ text }) => text)).toEqual(['It trains', 'Removed pair']);
  });
});
