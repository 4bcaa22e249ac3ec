import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord, SpecifiedRun } from '../../contracts/run-record.ts';
import type { SweepRecord, SweepValues } from '../../contracts/sweeps.ts';
import { mean, standardDeviation } from '../../statistics/summary.ts';

/** A setting of a sweep with its replicates. */
export interface ReplicateSet {
  readonly values: SweepValues;
  readonly groupHash: string;
  /** In the order of their seeds. */
  readonly runs: readonly SpecifiedRun[];
  /** Of the best validation accuracies of the runs that are done; null with none, and the deviation with one. */
  readonly mean: number | null;
  readonly std: number | null;
}

/** The runs of a sweep: those that carry its id, and those that were there before. */
export function runsOfSweep({ id, reused }: SweepRecord, records: readonly RunRecord[]): SpecifiedRun[] {
  const before = new Set(reused);
  return records.filter(hasSpec).filter((record) => record.sweep === id || before.has(record.id));
}

/** The settings of a sweep, in its order, each with the runs that differ in nothing but their seed. */
export function replicateSets(sweep: SweepRecord, records: readonly RunRecord[]): ReplicateSet[] {
  const all = runsOfSweep(sweep, records);
  return sweep.settings.map(({ groupHash, values }) => {
    const runs = all
      .filter((record) => record.groupHash === groupHash)
      .toSorted((one, other) => one.spec.seed - other.spec.seed);
    const accuracies = runs.flatMap(({ status, best }) =>
      status === 'done' && best !== null ? [best['validation/accuracy']] : [],
    );
    return {
      ...{ values, groupHash, runs },
      mean: accuracies.length === 0 ? null : mean(accuracies),
      std: standardDeviation(accuracies),
    };
  });
}
