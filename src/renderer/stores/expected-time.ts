import type { RunRecord } from '../../contracts/run-record.ts';

/**
 * Seconds that a run takes on this machine: the mean of its replicates that are done, by the step. Null until there is
 * one.
 */
export function expectedSeconds(records: readonly RunRecord[], run: RunRecord): number | null {
  const done = records.filter(
    ({ status, step, groupHash }) => status === 'done' && step > 0 && groupHash === run.groupHash,
  );
  if (done.length === 0) return null;
  const perStep = done.reduce((sum, { seconds, step }) => sum + seconds / step, 0) / done.length;
  return perStep * run.spec.steps;
}

export interface Schedule {
  /** Seconds until each waiting run starts, in the order of the queue; null where it cannot be known. */
  readonly starts: readonly (number | null)[];
  /** Seconds until the last one is done; null where it cannot be known. */
  readonly end: number | null;
}

/**
 * When the queue comes to its runs: `places` train side by side, each free place takes the next run. `left` are the
 * seconds of what trains now, `waiting` those of the queue in order; null where unknown, and what follows from it is
 * unknown too.
 */
export function schedule(
  left: readonly (number | null)[],
  waiting: readonly (number | null)[],
  places: number,
): Schedule {
  const free = left.map((seconds) => seconds ?? Number.NaN);
  while (free.length < Math.max(1, places)) free.push(0);
  const starts = waiting.map((seconds) => {
    // A place whose time is unknown may be free before any other: then only a place that is free now tells a start.
    const start = free.includes(0) ? 0 : Math.min(...free);
    free[Math.max(0, free.indexOf(start))] = start + (seconds ?? Number.NaN);
    return Number.isNaN(start) ? null : start;
  });
  const end = Math.max(...free);
  return { starts, end: Number.isNaN(end) ? null : end };
}
