import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryBridge } from '../../../test/memory-bridge.ts';
import { settled, windowStores } from '../../../test/window-stores.ts';
import type { ApiParameters } from '../../contracts/api.ts';
import type { MetricBatch } from '../../contracts/run-record.ts';
import { useCurves } from './curves.ts';

type Request = ApiParameters<'metrics.read'>;

let requests: Request[];
let answer: (request: Request) => Promise<MetricBatch[]>;
let bridge: MemoryBridge;
let curves: ReturnType<typeof useCurves>;

const points = (run: string, steps: number[], name = 'loss'): MetricBatch => ({
  run,
  series: { [name]: { steps, values: steps.map((step) => step / 10) } },
});

beforeEach(() => {
  requests = [];
  answer = ({ runs }) => Promise.resolve(runs.map((run) => points(run, [1, 2])));
  bridge = new MemoryBridge({
    'metrics.read': (request) => {
      requests.push(request);
      return answer(request);
    },
  });
  curves = useCurves(windowStores(bridge));
});

const stepsOf = (run: string): number[] => [...(curves.curve(run, 'loss')?.x ?? [])];

describe('curves', () => {
  it('that one turn of the screens asks for are read together, and once', async () => {
    curves.request(['a'], ['loss']);
    curves.request(['b'], ['loss']);
    await settled();
    curves.request(['a', 'b'], ['loss']);
    await settled();
    expect(requests.map(({ runs }) => runs)).toEqual([['a', 'b']]);
    expect(stepsOf('a')).toEqual([1, 2]);
  });

  it('of runs that nobody asked for are not kept', async () => {
    bridge.emit('run.metrics', points('other', [1]));
    await settled();
    expect(curves.curve('other', 'loss')).toBeUndefined();
  });

  it('grow with the events of their runs, without gap or repeat around the read', async () => {
    let deliver: (batches: MetricBatch[]) => void = () => undefined;
    answer = () => new Promise((resolve) => (deliver = resolve));
    curves.request(['a'], ['loss']);
    await settled();
    bridge.emit('run.metrics', points('a', [2, 3]));
    deliver([points('a', [1, 2])]);
    await settled();
    bridge.emit('run.metrics', points('a', [4]));
    expect(stepsOf('a')).toEqual([1, 2, 3, 4]);
  });

  it('are read again after a lost connection', async () => {
    curves.request(['a'], ['loss']);
    await settled();
    answer = () => Promise.resolve([points('a', [1, 2, 3])]);
    bridge.connection('connected');
    await settled();
    expect(stepsOf('a')).toEqual([1, 2, 3]);
  });

  it('of a damaged run are missing, and said to be; the others are there', async () => {
    const problem = { code: 'metrics/damaged', message: 'b cannot be read' };
    answer = ({ runs }) =>
      Promise.resolve(runs.map((run) => (run === 'b' ? { run, series: {}, problem } : points(run, [1, 2]))));
    curves.request(['a', 'b', 'c'], ['loss']);
    await settled();
    expect([stepsOf('a'), stepsOf('b'), stepsOf('c')]).toEqual([[1, 2], [], [1, 2]]);
    expect([...curves.unread.keys()]).toEqual(['b']);
    expect(curves.error).toEqual(problem);
  });

  it('that could not be read are asked for again', async () => {
    answer = () => Promise.reject(new Error('lost'));
    curves.request(['a'], ['loss']);
    await settled();
    expect(curves.error?.message).toBe('lost');
    answer = () => Promise.resolve([points('a', [1])]);
    curves.request(['a'], ['loss']);
    await settled();
    expect(curves.error).toBeNull();
    expect(stepsOf('a')).toEqual([1]);
  });

  it('of a removed run are forgotten', async () => {
    curves.request(['a'], ['loss']);
    await settled();
    bridge.emit('run.removed', { run: 'a' });
    expect(curves.curve('a', 'loss')).toBeUndefined();
  });
});

describe('curves that a reader zooms into', () => {
  /** A run of 100,000 recorded points, of which a reading gives at most four in the stretch that is asked for. */
  const long = ({ runs, from = 1, to = 100_000 }: Request): Promise<MetricBatch[]> => {
    const stride = Math.max(1, Math.ceil((to - from) / 4));
    const steps: number[] = [];
    for (let step = from; step < Math.min(to, 100_000); step += stride) steps.push(step);
    const last = Math.min(to, 100_000);
    const values = [...steps, last].map((step) => step / 10);
    const points = { steps: [...steps, last], values, ...(stride > 1 ? { thinned: true as const } : {}) };
    return Promise.resolve(runs.map((run) => ({ run, series: { loss: points } })));
  };
  const zoomInto = async (from: number, to: number): Promise<void> => {
    curves.zoom([{ run: 'a', from, to }], ['loss']);
    await settled();
  };

  beforeEach(async () => {
    answer = long;
    curves.request(['a'], ['loss']);
    await settled();
  });

  it('are read again there, with a margin, and stand within the rest of the curve', async () => {
    expect(stepsOf('a')).toEqual([1, 25_001, 50_001, 75_001, 100_000]);
    expect(curves.isThinned('a', 'loss')).toBe(true);
    await zoomInto(30_000, 30_002);
    expect(requests.at(-1)).toMatchObject({ runs: ['a'], series: ['loss'], from: 29_999, to: 30_003 });
    expect(stepsOf('a')).toEqual([1, 25_001, 29_999, 30_000, 30_001, 30_002, 30_003, 50_001, 75_001, 100_000]);
  });

  it('are not read again for a move within what is there, and are where it is too coarse', async () => {
    await zoomInto(10_000, 50_000);
    const before = requests.length;
    await zoomInto(12_000, 52_000);
    expect(requests.length).toBe(before);
    await zoomInto(20_000, 21_000);
    expect(requests.length).toBe(before + 1);
  });

  it('are whole again without a zoom', async () => {
    await zoomInto(30_000, 30_002);
    curves.zoom([], []);
    expect(stepsOf('a')).toEqual([1, 25_001, 50_001, 75_001, 100_000]);
  });

  it('keep what a live run records meanwhile', async () => {
    await zoomInto(99_998, 100_000);
    bridge.emit('run.metrics', points('a', [100_001, 100_002]));
    expect(stepsOf('a').slice(-4)).toEqual([99_999, 100_000, 100_001, 100_002]);
  });

  it('do not keep what a resumed run records anew', async () => {
    await zoomInto(30_000, 30_002);
    bridge.emit('run.metrics', points('a', [20_000]));
    expect(stepsOf('a')).toEqual([1, 20_000]);
  });

  it('show where the reader looks now, not where an earlier answer comes from', async () => {
    let deliver: (batches: MetricBatch[]) => void = () => undefined;
    answer = () => new Promise((resolve) => (deliver = resolve));
    await zoomInto(30_000, 30_002);
    answer = long;
    await zoomInto(60_000, 60_002);
    deliver([points('a', [30_001])]);
    await settled();
    expect(stepsOf('a')).toContain(60_001);
    expect(stepsOf('a')).not.toContain(30_001);
  });

  it('that are short are never read again', async () => {
    answer = ({ runs }) => Promise.resolve(runs.map((run) => points(run, [1, 2])));
    curves.request(['b'], ['loss']);
    await settled();
    const before = requests.length;
    curves.zoom([{ run: 'b', from: 1, to: 2 }], ['loss']);
    await settled();
    expect(requests.length).toBe(before);
    expect(curves.isThinned('b', 'loss')).toBe(false);
  });
});
