import { seriesCatalogue } from '../../../contracts/series.ts';

/** Groups of the menu: what was learned, what instruments measured, what the machine did. */
const placesOfGroups = ['', 'instrument/', 'system/'];
const group = (name: string): number =>
  Math.max(
    0,
    placesOfGroups.findLastIndex((start) => name.startsWith(start)),
  );

/** Series that place points on x. */
const isAxis = (name: string): boolean => name.startsWith('progress/') || name === 'system/seconds';
/** A whole family, such as that of all layers: its members have names of their own. */
const isFamily = (name: string): boolean => /\/[A-Z]+$/.test(name);

/** Before anything was recorded: what every run records. */
const usual = seriesCatalogue.map(({ name }) => name).filter((name) => group(name) === 0);

/**
 * The series that charts can show of some runs, in the order of the catalogue, members of a family after it: what the
 * runs recorded, and what is shown anyway.
 */
export function offeredSeries(recorded: Iterable<string>, shown: readonly string[]): string[] {
  const names = new Set([...recorded].filter((name) => !isAxis(name)));
  const all = new Set([...(names.size === 0 ? usual.filter((name) => !isAxis(name)) : names), ...shown]);
  return [...all].toSorted((a, b) => group(a) - group(b) || place(a) - place(b) || a.localeCompare(b));
}

/** Whether a group of the menu begins with the series of this index. */
export const beginsGroup = (names: readonly string[], index: number): boolean =>
  index > 0 && group(names[index] ?? '') !== group(names[index - 1] ?? '');

function place(name: string): number {
  const at = seriesCatalogue.findIndex(
    (entry) => entry.name === name || (isFamily(entry.name) && name.startsWith(entry.name.replace(/[A-Z]+$/, ''))),
  );
  return at === -1 ? seriesCatalogue.length : at;
}
