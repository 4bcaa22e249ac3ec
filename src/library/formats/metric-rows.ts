import type { statedSetting } from '../../contracts/stated-settings.ts';
import type { z } from 'zod';

/** A value of a column: null or undefined where the row has none. */
export type Cell = number | string | boolean | null | undefined;

/**
 * Takes the rows of a metric file in their order. Cell i belongs to the column names[i]; consecutive rows of one shape
 * may share the array of names. `step` is the step that the file states for the row itself, null where a column counts
 * steps, empty text where it is missing. `place` is what an error names: the line, or the number of the record.
 */
export interface RowSink {
  row(names: readonly string[], cells: readonly Cell[], step: Cell, place: number): void;
  /** What was recorded from a step on does not count: a run was started again there and records it anew. */
  restart(step: number): void;
  /** Tells how much of the file was read, from 0 to 1. */
  progress(fraction: number): void;
}

/** What a metric file says beside its rows. */
export interface FileFacts {
  /** Name of the run; null where the file has none. */
  readonly title: string | null;
  readonly settings: Readonly<Record<string, z.infer<typeof statedSetting>>>;
  /** Seconds that the run took; null where unknown. */
  readonly seconds: number | null;
  /** Files that end within a record, as where a writer is killed; their rows up to there were read. */
  readonly cutOff: readonly string[];
  /** What was left out, in words. */
  readonly notes: readonly string[];
}

export const noFacts: FileFacts = { title: null, settings: {}, seconds: null, cutOff: [], notes: [] };

/** The columns of a file whose rows do not all have the same, found by reading it once. */
export interface FoundColumns {
  readonly names: readonly string[];
  /** Column that counts steps, where the file says so. */
  readonly stepColumn: string | null;
  /** Columns whose steps another column counts, with that column. */
  readonly ownSteps: ReadonlyMap<string, string>;
  readonly settings: FileFacts['settings'];
}

/** A row sink that keeps only the names of columns. */
export class ColumnNames implements RowSink {
  readonly names = new Set<string>();

  row(names: readonly string[]): void {
    for (const name of names) this.names.add(name);
  }

  restart(): void {
    // A name is one also where its values are recorded anew.
  }

  progress(): void {
    // Names are found in a fraction of the time that recording takes.
  }
}

/** Most columns or series of a file: beyond, it is no table of curves. */
export const mostColumns = 10_000;

/** Greatest piece of a file that is held in memory at once: a record, a line, a whole JSON document. */
export const mostBytesAtOnce = 64 * 2 ** 20;
