import type { RunRecord, SpecifiedRun } from '../../contracts/run-record.ts';

/** Seconds a step that runs of each setting took on this machine, by group hash: the mean over those that are done. */
export function measuredPace(records: readonly RunRecord[]): ReadonlyMap<string, number> {
  const sums = new Map<string, { seconds: number; runs: number }>();
  for (const { status, step, seconds, groupHash, origin } of records) {
    if (status !== 'done' || step === 0 || origin !== undefined) continue;
    const sum = sums.get(groupHash) ?? { seconds: 0, runs: 0 };
    sums.set(groupHash, { seconds: sum.seconds + seconds / step, runs: sum.runs + 1 });
  }
  return new Map([...sums].map(([hash, { seconds, runs }]) => [hash, seconds / runs]));
}

/** Seconds that a run will take by the pace of its replicates; null until one of them is done. */
export function expectedSeconds(pace: ReadonlyMap<string, number>, run: SpecifiedRun): number | null {
  const perStep = pace.get(run.groupHash);
  return perStep === undefined ? null : perStep * run.spec.steps;
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
