import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApiParameters } from '../contracts/api.ts';
import { readPoints } from '../library/metric-reader.ts';
import type { RunStore } from '../library/run-store.ts';
import { MovingAverage } from '../statistics/curves.ts';

/** Points between two turns in which the host does other work: a few milliseconds. */
const pointsOfTurn = 10_000;

/**
 * The moving average over every recorded point of a series, read off at some of its steps: the same value at a step
 * whichever other steps are asked for. Null at a gap, and at a step that is not recorded. Memory does not grow with the
 * series. Throws `metrics/damaged`.
 */
export async function smoothedAt(
  store: Pick<RunStore, 'metricsFile'>,
  { run, series, steps, weight, logarithmic }: ApiParameters<'metrics.smooth'>,
  signal?: AbortSignal,
): Promise<(number | null)[]> {
  const values = steps.map((): number | null => null);
  const average = new MovingAverage(weight, logarithmic);
  const last = steps.at(-1) ?? -1;
  let at = 0;
  let read = 0;
  for (const point of readPoints(store.metricsFile(run), { series })) {
    if (point.step > last) break;
    const smoothed = average.next(point.value ?? Number.NaN);
    while ((steps[at] ?? last) < point.step) at += 1;
    if (steps[at] === point.step) values[at] = Number.isFinite(smoothed) ? smoothed : null;
    read += 1;
    if (read % pointsOfTurn > 0) continue;
    await nextTurn();
    signal?.throwIfAborted();
  }
  return values;
}
