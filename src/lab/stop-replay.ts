import { MicrobatchError } from '../contracts/errors.ts';
import { finishedStatuses } from '../contracts/run-record.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import type { StopReplay, StopRule } from '../contracts/stop-rule.ts';
import { readMetrics } from '../library/metric-reader.ts';
import type { RecordedSeries } from '../library/metric-reader.ts';
import type { RunStore } from '../library/run-store.ts';
import { findStop } from '../statistics/stop-watch.ts';

const series = ['train/loss', 'validation/accuracy', 'system/seconds'];

/**
 * What a stop rule would have made of finished runs: when it would have ended each, and what that would have saved and
 * lost. Throws `run/not-finished`, `metrics/damaged`.
 */
export function replayStop(store: RunStore, records: readonly RunRecord[], rule: StopRule): StopReplay[] {
  return records.map((record) => {
    if (!finishedStatuses.includes(record.status)) {
      throw new MicrobatchError({
        code: 'run/not-finished',
        message: `run ${record.id} is ${record.status}`,
        expected: 'a run that has ended',
      });
    }
    return replay(record, readMetrics(store.metricsFile(record.id), series), rule);
  });
}

function replay({ id, name, step: steps, seconds }: RunRecord, recorded: RecordedSeries[], rule: StopRule): StopReplay {
  const curve = (wanted: string): RecordedSeries =>
    recorded.find((one) => one.name === wanted) ?? { name: wanted, steps: empty, values: empty };
  const accuracies = curve('validation/accuracy');
  const stop = findStop(rule, curve('train/loss'), accuracies);
  const best = bestUntil(accuracies, Number.POSITIVE_INFINITY);
  const bestAtStop = stop === null ? best : bestUntil(accuracies, stop.step);
  return {
    ...{ run: id, name, steps, best, bestAtStop },
    stopsAt: stop?.step ?? null,
    reason: stop?.reason ?? null,
    accuracyLost: best === null || bestAtStop === null ? null : best - bestAtStop,
    stepsSaved: stop === null ? 0 : Math.max(0, steps - stop.step),
    secondsSaved: stop === null ? 0 : Math.max(0, seconds - lastUntil(curve('system/seconds'), stop.step)),
  };
}

const empty = new Float64Array();

function bestUntil({ steps, values }: RecordedSeries, step: number): number | null {
  const best = values.reduce((most, value, index) => ((steps[index] ?? 0) <= step && value > most ? value : most), -1);
  return best === -1 ? null : best;
}

function lastUntil({ steps, values }: RecordedSeries, step: number): number {
  const index = steps.findLastIndex((recorded) => recorded <= step);
  return values[index] ?? 0;
}
