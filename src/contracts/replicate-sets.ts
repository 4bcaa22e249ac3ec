import { hasSpec } from './run-record.ts';
import type { RunRecord, SpecifiedRun } from './run-record.ts';
import type { SweepRecord, SweepValues } from './sweeps.ts';

/** A setting of a sweep with its replicates: runs that differ in nothing but their seed. */
export interface ReplicateSet {
  readonly values: SweepValues;
  readonly groupHash: string;
  /** In the order of their seeds. */
  readonly runs: readonly SpecifiedRun[];
  /** How many of them are done. */
  readonly done: number;
  /** Best validation accuracies of the runs that are done. */
  readonly accuracies: readonly number[];
}

/** The runs of a sweep: those that carry its id, and those that were there before. */
export function runsOfSweep({ id, reused }: SweepRecord, records: readonly RunRecord[]): SpecifiedRun[] {
  const before = new Set(reused);
  return records.filter(hasSpec).filter((record) => record.sweep === id || before.has(record.id));
}

/** The settings of a sweep, in its order. */
export function replicateSets(sweep: SweepRecord, records: readonly RunRecord[]): ReplicateSet[] {
  const all = runsOfSweep(sweep, records);
  return sweep.settings.map(({ groupHash, values }) => {
    const runs = all
      .filter((record) => record.groupHash === groupHash)
      .toSorted((one, other) => one.spec.seed - other.spec.seed);
    const done = runs.filter(({ status }) => status === 'done');
    const accuracies = done.flatMap(({ best }) => (best === null ? [] : [best['validation/accuracy']]));
    return { values, groupHash, runs, done: done.length, accuracies };
  });
}
