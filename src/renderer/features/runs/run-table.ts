import { seedOf } from '../../../contracts/run-record.ts';
import type { RunRecord, RunStatus } from '../../../contracts/run-record.ts';
import { methodWord, modelAndData, runTitle } from './run-words.ts';

export const sortKeys = ['status', 'run', 'model', 'lambda', 'batch', 'seed', 'best', 'took', 'created'] as const;
export type SortKey = (typeof sortKeys)[number];
export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Newest first: where a reader looks for what was just done. */
export const initialSorting: Sorting = { key: 'created', descending: true };

/** Runs that need the reader come before those that do not. */
const statusOrder: readonly RunStatus[] = [
  'running',
  'paused',
  'interrupted',
  'failed',
  'diverged',
  'queued',
  'stopped',
  'done',
];

const wordOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function sortValue(record: RunRecord, key: SortKey): string | number | null {
  switch (key) {
    case 'status':
      return statusOrder.indexOf(record.status);
    case 'run':
      return `${methodWord(record.spec)} ${runTitle(record)}`;
    case 'model':
      return modelAndData(record.spec, (id) => id);
    case 'seed':
      return seedOf(record);
    case 'lambda':
      return record.spec?.lambda ?? null;
    case 'batch':
      return record.spec?.batchSize ?? null;
    case 'best':
      return record.best?.['validation/accuracy'] ?? null;
    case 'took':
      return record.seconds === 0 ? null : record.seconds;
    case 'created':
      return record.createdAt;
  }
}

/** Sorted copies of the rows; what has no value comes last in either direction, ties keep their order. */
export function sortRuns<R extends RunRecord>(records: readonly R[], { key, descending }: Sorting): R[] {
  const sign = descending ? -1 : 1;
  return [...records].sort((left, right) => {
    const a = sortValue(left, key);
    const b = sortValue(right, key);
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * wordOrder.compare(String(a), String(b));
  });
}

/** A click on a column head: the other way, or a new column in the direction that is read first. */
export function nextSorting(current: Sorting, key: SortKey): Sorting {
  if (current.key === key) return { key, descending: !current.descending };
  return { key, descending: key === 'best' || key === 'created' || key === 'took' };
}

/** Runs by status, for the tally. */
export function tally(records: readonly RunRecord[]): ReadonlyMap<RunStatus, number> {
  const counts = new Map<RunStatus, number>();
  for (const { status } of records) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

const isSortKey = (text: string): text is SortKey => sortKeys.some((key) => key === text);

/** The order as an address writes it: `best`, or `-best` for descending; what it cannot mean is the first order. */
export function readSorting(text: string): Sorting {
  const key = text.replace(/^-/, '');
  return isSortKey(key) ? { key, descending: text.startsWith('-') } : initialSorting;
}

export const writeSorting = ({ key, descending }: Sorting): string => `${descending ? '-' : ''}${key}`;
