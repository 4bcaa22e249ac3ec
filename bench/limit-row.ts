import { median } from './report.ts';
import type { BenchRow } from './report.ts';

/** A row whose peer is a limit that the application sets itself; `ours` is the median of the rounds. */
export function limitRow(
  name: string,
  mode: string,
  unit: string,
  {
    rounds,
    limit,
    better,
  }: { readonly rounds: readonly number[]; readonly limit: number; readonly better: BenchRow['better'] },
): BenchRow {
  const ours = median(rounds);
  return { case: name, executor: '', mode, threads: 1, unit, ours, peer: limit, ratio: ours / limit, better };
}
