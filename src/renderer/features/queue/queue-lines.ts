import type { QueueEntry } from '../../../contracts/queue.ts';
import type { SpecifiedRun } from '../../../contracts/run-record.ts';

/** Replicates that wait behind each other: one line of the queue. */
export interface QueueLine {
  readonly first: SpecifiedRun;
  readonly runs: readonly SpecifiedRun[];
  /** Place of the first run, from 1. */
  readonly place: number;
  /** What the queue says of the first run, and so of all; undefined until the host has told. */
  readonly entry: QueueEntry | undefined;
}

/** The queue in the order it will be trained; neighbours of one setting, priority and state on one line. */
export function queueLines(
  waiting: readonly SpecifiedRun[],
  entries: ReadonlyMap<string, QueueEntry> = new Map(),
): QueueLine[] {
  const lines: { first: SpecifiedRun; runs: SpecifiedRun[]; place: number; entry: QueueEntry | undefined }[] = [];
  for (const [index, record] of waiting.entries()) {
    const last = lines.at(-1);
    const entry = entries.get(record.id);
    const isAlike =
      last?.first.groupHash === record.groupHash &&
      last.entry?.priority === entry?.priority &&
      last.entry?.state === entry?.state;
    if (last !== undefined && isAlike) last.runs.push(record);
    else lines.push({ first: record, runs: [record], place: index + 1, entry });
  }
  return lines;
}

/** Seeds in words: '12', '12–16' for a whole range, '1, 4, 9' otherwise. */
export function seedWords(seeds: readonly number[]): string {
  const sorted = [...seeds].sort((a, b) => a - b);
  const low = sorted[0];
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return '';
  if (sorted.length > 2 && high - low === sorted.length - 1) return `${String(low)}–${String(high)}`;
  return sorted.join(', ');
}
