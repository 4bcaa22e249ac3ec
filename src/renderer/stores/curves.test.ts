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
