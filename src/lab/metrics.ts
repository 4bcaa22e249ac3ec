import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApiParameters } from '../contracts/api.ts';
import { toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { MetricBatch } from '../contracts/run-record.ts';
import type { RunStore } from '../library/run-store.ts';
import { readRange } from '../library/metric-range.ts';
import { thin } from '../statistics/curves.ts';

type ReadRequest = ApiParameters<'metrics.read'>;

/**
 * Recorded points of several runs by column, between two steps where asked, thinned with every extreme kept; a value that
 * is not finite is null. Of several runs a damaged one is empty, with its problem, which `onProblem` is told too, so that the others are shown; one
 * alone throws `metrics/damaged`. Between two runs the host does other work, and stops where nobody waits any more.
 */
export async function readBatches(
  store: Pick<RunStore, 'metricsFile'>,
  request: ReadRequest,
  onProblem: (problem: ErrorShape) => void,
  signal?: AbortSignal,
): Promise<MetricBatch[]> {
  const batches: MetricBatch[] = [];
  for (const run of request.runs) {
    await nextTurn();
    signal?.throwIfAborted();
    try {
      batches.push(readBatch(store, run, request));
    } catch (error) {
      if (request.runs.length === 1) throw error;
      const problem = toErrorShape(error);
      onProblem(problem);
      batches.push({ run, series: {}, problem });
    }
  }
  return batches;
}

function readBatch(store: Pick<RunStore, 'metricsFile'>, run: string, { series, ...range }: ReadRequest): MetricBatch {
  return {
    run,
    series: Object.fromEntries(
      readRange(store.metricsFile(run), { names: series, ...range }).map(({ name, steps, values, complete }) => {
        const curve = thin({ x: steps, y: values }, range.points);
        const kept = Array.from(curve.y, (value) => (Number.isFinite(value) ? value : null));
        const whole = complete && curve.x.length === steps.length;
        return [name, { steps: Array.from(curve.x), values: kept, ...(whole ? {} : { thinned: true as const }) }];
      }),
    ),
  };
}
