import { hasSpec } from '../../../contracts/run-record.ts';
import type { RunRecord, SpecifiedRun } from '../../../contracts/run-record.ts';
import type { SweepRecord, SweepValues } from '../../../contracts/sweeps.ts';
import { mean, standardDeviation } from '../../../statistics/summary.ts';

/** A setting of a sweep with its replicates: runs that differ in nothing but their seed. */
export interface SweepRow {
  readonly groupHash: string;
  readonly values: SweepValues;
  readonly runs: readonly SpecifiedRun[];
  readonly done: number;
  /** Of the best validation accuracies of the runs that are done. */
  readonly mean: number | null;
  readonly std: number | null;
}

/** Runs of a sweep: those that carry its id, and those that were there before. */
export function runsOf({ id, reused }: SweepRecord, records: readonly RunRecord[]): SpecifiedRun[] {
  const before = new Set(reused);
  return records.filter(hasSpec).filter((run) => run.sweep === id || before.has(run.id));
}

export function sweepRows(sweep: SweepRecord, records: readonly RunRecord[]): SweepRow[] {
  const all = runsOf(sweep, records);
  return sweep.settings.map(({ groupHash, values }) => {
    const runs = all.filter((run) => run.groupHash === groupHash).toSorted((a, b) => a.spec.seed - b.spec.seed);
    const done = runs.filter(({ status }) => status === 'done');
    const accuracies = done.flatMap(({ best }) => (best === null ? [] : [best['validation/accuracy']]));
    return {
      ...{ groupHash, values, runs, done: done.length },
      mean: accuracies.length === 0 ? null : mean(accuracies),
      std: standardDeviation(accuracies),
    };
  });
}

/** A value as a cell shows it. */
export const valueWord = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Paths that the settings of a sweep change, in their order. */
export const pathsOf = ({ settings }: SweepRecord): string[] => [
  ...new Set(settings.flatMap(({ values }) => Object.keys(values))),
];

/** Whole numbers separated by commas, with ranges such as 4..8; null where the text is something else. */
export function readSeeds(text: string): number[] | null {
  const seeds: number[] = [];
  for (const part of text.split(',').map((word) => word.trim())) {
    const [, low, high] = /^(\d+)(?:\.\.(\d+))?$/.exec(part) ?? [];
    if (low === undefined) return null;
    const [first, last] = [Number(low), Number(high ?? low)];
    if (last < first || last - first >= 1000 || last > 2 ** 32 - 1) return null;
    for (let seed = first; seed <= last; seed += 1) seeds.push(seed);
  }
  return [...new Set(seeds)];
}
