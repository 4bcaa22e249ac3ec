import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { apiCalls } from '../contracts/api.ts';
import { openLibrary } from '../library/library.ts';
import { MetricWriter } from '../library/metric-writer.ts';
import { recordFixture } from '../library/run-fixture.ts';
import type { RunStore } from '../library/run-store.ts';
import { callTable } from '../contracts/calls.ts';
import { smooth } from '../statistics/curves.ts';
import { readBatches } from './metrics.ts';
import { smoothedAt } from './smoothed-series.ts';

const run = recordFixture();
const valueAt = (step: number): number => (step === 20_011 ? 9 : ((step * 7919) % 1000) / 1000);
let folder: string;
let runs: RunStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-metrics-'));
  runs = (await openLibrary(folder, { create: true })).runs;
  await runs.create(run);
  const writer = new MetricWriter(runs.metricsFile(run.id));
  for (let step = 1; step <= 50_000; step += 1) writer.append('train/loss', step, valueAt(step));
  writer.close();
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function read(range: { points: number; from?: number; to?: number }) {
  const request = apiCalls['metrics.read'].parameters.parse({ runs: [run.id], series: ['train/loss'], ...range });
  const [batch] = await readBatches(runs, request, () => undefined);
  return batch?.series['train/loss'] ?? { steps: [], values: [], thinned: undefined };
}

it('thins a long series to what is asked for, with its ends and its spike', async () => {
  const { steps, values, thinned } = await read({ points: 200 });
  expect(thinned).toBe(true);
  expect(steps.length).toBeLessThanOrEqual(250);
  expect([steps[0], steps.at(-1)]).toEqual([1, 50_000]);
  expect(values[steps.indexOf(20_011)]).toBe(9);
});

it('gives finer detail of a range, every point of a short one', async () => {
  const wide = await read({ points: 200, from: 20_001, to: 30_000 });
  expect([wide.steps[0], wide.steps.at(-1), Math.max(...wide.values.map(Number))]).toEqual([20_001, 30_000, 9]);
  expect(wide.steps.length).toBeGreaterThan(150);
  const short = await read({ points: 200, from: 20_001, to: 20_100 });
  expect(short.steps).toHaveLength(100);
  expect(short).not.toHaveProperty('thinned');
  expect((await read({ points: 200, from: 60_000 })).steps).toEqual([]);
});

it('smooths over every point, to the same curve whichever of its steps are shown', async () => {
  const all = smooth(
    Float64Array.from({ length: 50_000 }, (_, index) => valueAt(index + 1)),
    0.9,
  );
  const smoothed = (steps: number[]) => {
    const request = { run: run.id, series: 'train/loss', steps, weight: 0.9, logarithmic: false };
    return smoothedAt(runs, request);
  };
  const whole = (await read({ points: 200 })).steps;
  expect(await smoothed(whole)).toEqual(whole.map((step) => all[step - 1]));
  expect(await smoothed([20_010, 20_011, 20_012])).toEqual([...all.subarray(20_009, 20_012)]);
  expect(await smoothed([0, 50_000, 60_000])).toEqual([null, all.at(-1), null]);
});

it('smooths at steps in their order alone', () => {
  const { parameters } = callTable['metrics.smooth'];
  const at = (steps: number[]) => ({ run: 'a', series: 'train/loss', steps, weight: 0.9, logarithmic: false });
  expect(parameters.safeParse(at([1, 2, 30])).success).toBe(true);
  for (const steps of [
    [2, 1],
    [1, 1],
  ]) {
    expect(parameters.safeParse(at(steps)).success).toBe(false);
  }
});

it('gives up smoothing where nobody waits for it any more', async () => {
  const request = { run: run.id, series: 'train/loss', steps: [50_000], weight: 0.9, logarithmic: false };
  await expect(smoothedAt(runs, request, AbortSignal.abort())).rejects.toThrow(/abort/);
});
