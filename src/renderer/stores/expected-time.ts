import type { RunRecord } from '../../contracts/run-record.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';

/**
 * Seconds that a run of this setting takes on this machine: the mean of its replicates that are done. Null until there
 * is one.
 */
export function expectedSeconds(records: readonly RunRecord[], spec: RunSpec, groupHash: string): number | null {
  const done = records.filter(
    (record) => record.status === 'done' && record.groupHash === groupHash && record.step > 0,
  );
  if (done.length === 0) return null;
  const perStep = done.reduce((sum, { seconds, step }) => sum + seconds / step, 0) / done.length;
  return perStep * spec.steps;
}

/**
 * Seconds until all of it is done: places that train side by side take the waiting runs in turn. Null where the time of
 * any run is unknown.
 */
export function finishSeconds(
  left: readonly (number | null)[],
  waiting: readonly (number | null)[],
  places: number,
): number | null {
  const free = Array.from(
    { length: Math.max(1, places) },
    (_, index) => left[index] ?? (index < left.length ? null : 0),
  );
  if (left.slice(places).includes(null) || waiting.includes(null)) return null;
  const busy: number[] = [];
  for (const seconds of free) {
    if (seconds === null) return null;
    busy.push(seconds);
  }
  for (const seconds of waiting) {
    const next = busy.indexOf(Math.min(...busy));
    busy[next] = (busy[next] ?? 0) + (seconds ?? 0);
  }
  return Math.max(...busy);
}
