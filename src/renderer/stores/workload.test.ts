import { beforeEach, describe, expect, it } from 'vitest';
import { runOf } from '../../../test/comparison-runs.ts';
import { MemoryBridge } from '../../../test/memory-bridge.ts';
import { windowStores } from '../../../test/window-stores.ts';
import { useWorkload } from './workload.ts';

let bridge: MemoryBridge;
let workload: ReturnType<typeof useWorkload>;

beforeEach(() => {
  bridge = new MemoryBridge();
  workload = useWorkload(windowStores(bridge));
});

const progress = (run: string, step: number, remainingSeconds: number | null) =>
  ({ run, step, steps: 100, underway: 0, seconds: 1, stepsPerSecond: 5, remainingSeconds, evaluated: null }) as const;

describe('the workload', () => {
  it('lists what trains and what waits, the next first', () => {
    const waiting = [1, 2].map((seed) => runOf('small-batch', seed, null, {}, { status: 'queued' }));
    const training = runOf('large-batch', 1, null, {}, { status: 'running' });
    for (const run of [...waiting, training]) bridge.emit('run.changed', run);
    expect(workload.queued.map(({ spec }) => spec.seed)).toEqual([1, 2]);
    expect(workload.running.map(({ id }) => id)).toEqual([training.id]);
  });

  it('knows how far it is and how long it takes from what runs tell', () => {
    const training = runOf('large-batch', 1, null, {}, { status: 'running', step: 10 });
    bridge.emit('run.changed', training);
    expect(workload.share).toBe(0.1);
    expect(workload.remaining).toBe('');
    bridge.emit('run.progress', progress(training.id, 25, 90));
    expect(workload.share).toBe(0.25);
    expect(workload.secondsLeft).toBe(90);
  });

  it('adds the queue by the time that replicates took', () => {
    bridge.emit('run.changed', runOf('small-batch', 1, 70, {}, { step: 100, seconds: 60 }));
    bridge.emit('run.changed', runOf('small-batch', 2, null, {}, { status: 'queued' }));
    expect(workload.secondsLeft).toBe(60);
    bridge.emit('run.changed', runOf('gradient-norm', 2, null, {}, { status: 'queued' }));
    expect(workload.secondsLeft).toBeNull();
  });

  it('has nothing to wait for where nothing trains', () => {
    expect(workload.secondsLeft).toBeNull();
    expect(workload.share).toBe(0);
  });
});
