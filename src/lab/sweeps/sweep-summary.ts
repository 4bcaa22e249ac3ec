import { replicateSets } from '../../contracts/replicate-sets.ts';
import type { ReplicateSet } from '../../contracts/replicate-sets.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { SweepRecord } from '../../contracts/sweeps.ts';
import { mean, standardDeviation } from '../../statistics/summary.ts';

interface SummarisedSet extends ReplicateSet {
  /** Of the accuracies; null with none, and the deviation with one. */
  readonly mean: number | null;
  readonly std: number | null;
}

/** What came of each setting of a sweep, in its order. */
export function summariseSweep(sweep: SweepRecord, records: readonly RunRecord[]): SummarisedSet[] {
  return replicateSets(sweep, records).map((set) => ({
    ...set,
    mean: set.accuracies.length === 0 ? null : mean(set.accuracies),
    std: standardDeviation(set.accuracies),
  }));
}
