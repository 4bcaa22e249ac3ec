import { toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { readBest, readLastValues, readMetrics } from '../library/metric-reader.ts';

/** What a run's stored metrics say about it: the truth also after its process was killed. */
export type RunSummary = Pick<RunRecord, 'best' | 'final'> & {
  /** Last recorded step and seconds; 0 where nothing was recorded. */
  readonly step: number;
  readonly seconds: number;
};

/** Reads a metrics.sqlite. The best is the first of the greatest validation accuracies. */
export function summariseMetrics(file: string): RunSummary {
  const final = readLastValues(file);
  const [accuracy, seconds] = ['validation/accuracy', 'system/seconds'].map((name) => readMetrics(file, [name])[0]);
  const step = Math.max(0, accuracy?.steps.at(-1) ?? 0, seconds?.steps.at(-1) ?? 0);
  return { best: readBest(file), final, step, seconds: final['system/seconds'] ?? 0 };
}

/** The same, or what the record already says and the reason, where the metrics are damaged. */
export function summariseOrKeep(
  file: string,
  { step, seconds, best, final }: RunRecord,
): { readonly summary: RunSummary; readonly problem: ErrorShape | null } {
  try {
    return { summary: summariseMetrics(file), problem: null };
  } catch (error) {
    return { summary: { step, seconds, best, final }, problem: toErrorShape(error) };
  }
}
