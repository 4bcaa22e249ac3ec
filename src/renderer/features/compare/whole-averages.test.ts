import { beforeEach, expect, it } from 'vitest';
import { MemoryBridge } from '../../../../test/memory-bridge.ts';
import { settled, windowStores } from '../../../../test/window-stores.ts';
import type { ApiParameters } from '../../../contracts/api.ts';
import { smooth } from '../../../statistics/curves.ts';
import { useCurves } from '../../stores/curves.ts';
import { useWholeAverages } from './whole-averages.ts';

/** A series of 10,000 points, of which the window has every hundredth. */
const all = Float64Array.from({ length: 10_000 }, (_, index) => Math.sin(index));
const selected = Array.from({ length: 100 }, (_, index) => (index + 1) * 100);
const smoothing = { weight: 0.9, logarithmic: false };

let asked: ApiParameters<'metrics.smooth'>[];
let refusal: Error | null;
let bridge: MemoryBridge;
let curves: ReturnType<typeof useCurves>;
let averages: ReturnType<typeof useWholeAverages>;
beforeEach(async () => {
  asked = [];
  refusal = null;
  bridge = new MemoryBridge({
    'metrics.read': ({ runs }) => {
      const values = selected.map((step) => all[step - 1] ?? null);
      const long = { steps: selected, values, thinned: true as const };
      const short = { steps: [1, 2], values: [1, 2] };
      return Promise.resolve(runs.map((run) => ({ run, series: { long, short } })));
    },
    'metrics.smooth': (request) => {
      asked.push(request);
      if (refusal !== null) return Promise.reject(refusal);
      const smoothed = smooth(all, request.weight);
      return Promise.resolve(request.steps.map((step) => smoothed[step - 1] ?? null));
    },
  });
  const pinia = windowStores(bridge);
  curves = useCurves(pinia);
  averages = useWholeAverages(pinia);
  curves.request(['a'], ['long', 'short']);
  await settled();
});

function averageOf(series: string, weight = smoothing.weight): Float64Array | undefined {
  const curve = curves.curve('a', series);
  if (curve === undefined) throw new Error(`${series} was not read`);
  return averages.average('a', series, curve, { ...smoothing, weight });
}

it('are computed by the host over every point of a series of which the window has a selection', async () => {
  expect(averageOf('long')).toBeUndefined();
  await settled();
  const wanted = smooth(all, smoothing.weight);
  expect([...(averageOf('long') ?? [])]).toEqual(selected.map((step) => wanted[step - 1]));
  expect(averageOf('long')).toBe(averageOf('long'));
  expect(averageOf('short')).toBeUndefined();
  expect(asked).toHaveLength(1);
});

it('go on with the points that come, without asking again', async () => {
  averageOf('long');
  await settled();
  const coming = [Math.sin(10_000), Math.sin(10_001)];
  bridge.emit('run.metrics', { run: 'a', series: { long: { steps: [10_001, 10_002], values: coming } } });
  await settled();
  const wanted = smooth(Float64Array.from([...all, ...coming]), smoothing.weight);
  const found = averageOf('long');
  expect(found).toHaveLength(selected.length + 2);
  expect(found?.at(-1)).toBeCloseTo(wanted.at(-1) ?? Number.NaN, 12);
  expect(averageOf('long')).toBe(found);
  expect(asked).toHaveLength(1);
});

it('of a weight that is being moved are computed for where it comes to rest', async () => {
  for (const weight of [0.1, 0.2, 0.3]) averageOf('long', weight);
  await settled();
  expect(asked.map(({ weight }) => weight)).toEqual([0.3]);
});

it('that the host cannot tell are asked for again with the next connection, not over and over', async () => {
  refusal = new Error('lost');
  for (let drawing = 0; drawing < 3; drawing += 1) {
    expect(averageOf('long')).toBeUndefined();
    await settled();
  }
  expect(asked).toHaveLength(1);
  refusal = null;
  bridge.connection('connected');
  await settled();
  averageOf('long');
  await settled();
  expect(averageOf('long')).toHaveLength(selected.length);
});
