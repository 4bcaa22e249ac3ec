import { replicateSets } from '../../../contracts/replicate-sets.ts';
import type { ReplicateSet } from '../../../contracts/replicate-sets.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { tellingPaths } from '../../../contracts/sweeps.ts';
import type { SweepRecord } from '../../../contracts/sweeps.ts';
import { wholeRange } from '../../../contracts/whole-range.ts';
import { mean, standardDeviation } from '../../../statistics/summary.ts';

/** A setting of a sweep with its replicates. */
export interface SweepRow extends ReplicateSet {
  /** Of the best validation accuracies of the runs that are done. */
  readonly mean: number | null;
  readonly std: number | null;
}

export function sweepRows(sweep: SweepRecord, records: readonly RunRecord[]): SweepRow[] {
  return replicateSets(sweep, records).map((set) => ({
    ...set,
    mean: set.accuracies.length === 0 ? null : mean(set.accuracies),
    std: standardDeviation(set.accuracies),
  }));
}

/** A value as a cell shows it. */
export const valueWord = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Paths by which the settings of a sweep differ, in their order. */
export const pathsOf = ({ settings }: SweepRecord): string[] =>
  tellingPaths([...new Set(settings.flatMap(({ values }) => Object.keys(values)))]);

/** Whole numbers separated by commas, with ranges such as 4..8; null where the text is something else. */
export function readSeeds(text: string): number[] | null {
  const seeds: number[] = [];
  for (const part of text.split(',').map((word) => word.trim())) {
    const [, low, high] = /^(\d+)(?:\.\.(\d+))?$/.exec(part) ?? [];
    if (low === undefined) return null;
    const last = Number(high ?? low);
    const range = last > 2 ** 32 - 1 ? null : wholeRange(Number(low), last);
    if (range === null) return null;
    seeds.push(...range);
  }
  return [...new Set(seeds)];
}
