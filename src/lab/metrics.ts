import type { ApiParameters } from '../contracts/api.ts';
import type { MetricBatch } from '../contracts/run-record.ts';
import type { RunStore } from '../library/run-store.ts';
import { readMetrics } from '../library/metric-reader.ts';
import { thin } from '../statistics/curves.ts';

/** Recorded points of several runs by column, thinned with every extreme kept; a value that is not finite is null. */
export function readBatches(store: RunStore, { runs, series, points }: ApiParameters<'metrics.read'>): MetricBatch[] {
  return runs.map((run) => ({
    run,
    series: Object.fromEntries(
      readMetrics(store.metricsFile(run), series).map(({ name, steps, values }) => {
        const curve = thin({ x: steps, y: values }, points);
        const kept = Array.from(curve.y, (value) => (Number.isFinite(value) ? value : null));
        return [name, { steps: Array.from(curve.x), values: kept }];
      }),
    ),
  }));
}
