import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MicrobatchError } from '../contracts/errors.ts';
import type { BestResult } from '../contracts/run-record.ts';

/** One series by column, steps ascending; NaN where the recorded value was not finite. */
export interface RecordedSeries {
  readonly name: string;
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/**
 * Reads the named series of a metrics.sqlite, all where `names` is empty, also while its writer runs. A run that has
 * not recorded anything yet has no file and no series. Throws `metrics/damaged` naming the file.
 */
export function readMetrics(path: string, names: readonly string[] = []): RecordedSeries[] {
  if (!existsSync(path)) return [];
  return withDatabase(path, (database) => {
    const [from, to] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    return seriesOf(database, names).map(({ id, name }) => ({
      name,
      ...readColumns(database, { table: 'points', series: id, from, to }),
    }));
  });
}

/** The named series of an open store, all where `names` is empty, in order of names. */
export function seriesOf(database: DatabaseSync, names: readonly string[]): { id: number; name: string }[] {
  const rows = database.prepare('SELECT id, name FROM series ORDER BY name').all();
  return rows
    .map((row) => ({ id: Number(row['id']), name: String(row['name']) }))
    .filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Points that are read at once. */
const pageLength = 10_000;

/** The points of one series between two steps, both included. */
export function readColumns(
  database: DatabaseSync,
  { table, ...where }: { table: 'points' | 'outline'; series: number; from: number; to: number },
): Pick<RecordedSeries, 'steps' | 'values'> {
  const range = `FROM ${table} WHERE series = $series AND step BETWEEN $from AND $to`;
  const points = database.prepare(`SELECT step, value ${range} ORDER BY step LIMIT ${String(pageLength)}`);
  // Rows as arrays take a quarter of the time of rows as objects.
  points.setReturnArrays(true);
  // An imported series may have many millions of points: 16 bytes each, and no more than a page of them as rows.
  const length = Number(database.prepare(`SELECT COUNT(*) AS count ${range}`).get(where)?.['count'] ?? 0);
  const [steps, values] = [new Float64Array(length), new Float64Array(length)];
  let { from } = where;
  // What its writer adds meanwhile comes with the next reading.
  for (let at = 0; at < length;) {
    const rows: readonly unknown[] = points.all({ ...where, from });
    const page = rows.filter((row): row is unknown[] => Array.isArray(row)).slice(0, length - at);
    // Its writer may cut points off meanwhile, too.
    if (page.length === 0) return { steps: steps.slice(0, at), values: values.slice(0, at) };
    for (const columns of page) {
      const [step, value] = [Number(columns[0]), columns[1]];
      steps[at] = step;
      values[at] = typeof value === 'number' ? value : Number.NaN;
      from = step + 1;
      at += 1;
    }
  }
  return { steps, values };
}

export interface RecordedPoint {
  readonly series: string;
  readonly step: number;
  /** Null where the recorded value was not finite. */
  readonly value: number | null;
}

/** How many points all series have. Throws `metrics/damaged`. */
export function countPoints(path: string): number {
  if (!existsSync(path)) return 0;
  return withDatabase(path, (database) =>
    Number(database.prepare('SELECT COUNT(*) AS count FROM points').get()?.['count'] ?? 0),
  );
}

/** The names of all series, sorted. Throws `metrics/damaged`. */
export function readSeriesNames(path: string): string[] {
  if (!existsSync(path)) return [];
  return withDatabase(path, (database) =>
    database
      .prepare('SELECT name FROM series ORDER BY name')
      .all()
      .map(({ name }) => String(name)),
  );
}

/**
 * The points of a metrics.sqlite one at a time, as they are asked for, so that a long run does not fill the memory: those
 * of one series by step, or of all, those of a step together. Throws `metrics/damaged` naming the file.
 */
export function* readPoints(path: string, { series }: { readonly series?: string } = {}): Generator<RecordedPoint> {
  if (!existsSync(path)) return;
  const { database, close } = openForReading(path);
  try {
    const joined = 'SELECT name, step, value FROM points JOIN series ON series.id = points.series';
    const rows =
      series === undefined
        ? database.prepare(`${joined} ORDER BY step, name`).iterate()
        : database.prepare(`${joined} WHERE name = ? ORDER BY step`).iterate(series);
    for (const { name, step, value } of rows) {
      const finite = typeof value === 'number' && Number.isFinite(value);
      yield { series: String(name), step: Number(step), value: finite ? value : null };
    }
  } catch (cause) {
    throw damaged(path, cause);
  } finally {
    close();
  }
}

/** The last value of every series; values that were not finite are left out. Throws `metrics/damaged`. */
export function readLastValues(path: string): Record<string, number> {
  if (!existsSync(path)) return {};
  return withDatabase(path, (database) => {
    const rows = database
      .prepare(
        `SELECT name, (SELECT value FROM points WHERE series = series.id ORDER BY step DESC LIMIT 1) AS value FROM series`,
      )
      .all();
    const finite = rows.filter(({ value }) => typeof value === 'number');
    return Object.fromEntries(finite.map((row) => [String(row['name']), Number(row['value'])]));
  });
}

/** The first of the greatest validation accuracies; null where none was recorded. Throws `metrics/damaged`. */
export function readBest(path: string): BestResult | null {
  if (!existsSync(path)) return null;
  return withDatabase(path, (database) => {
    const row = database
      .prepare(
        `SELECT step, value FROM points WHERE series = (SELECT id FROM series WHERE name = 'validation/accuracy')
         AND value IS NOT NULL ORDER BY value DESC, step LIMIT 1`,
      )
      .get();
    return row === undefined ? null : { step: Number(row['step']), 'validation/accuracy': Number(row['value']) };
  });
}

/** The greatest step of all series; 0 where nothing was recorded. Throws `metrics/damaged`. */
export function readLastStep(path: string): number {
  if (!existsSync(path)) return 0;
  return withDatabase(path, (database) => {
    const row = database
      .prepare(
        `SELECT MAX((SELECT step FROM points WHERE series = series.id ORDER BY step DESC LIMIT 1)) AS step FROM series`,
      )
      .get();
    return Number(row?.['step'] ?? 0);
  });
}

/** Lets `use` read a metric store, also while it is written. Throws `metrics/damaged` naming the file. */
export function withDatabase<T>(path: string, use: (database: DatabaseSync) => T): T {
  const { database, close } = openForReading(path);
  try {
    return use(database);
  } catch (cause) {
    throw damaged(path, cause);
  } finally {
    close();
  }
}

interface OpenStore {
  readonly database: DatabaseSync;
  readonly close: () => void;
}

function openForReading(path: string): OpenStore {
  try {
    return open(path);
  } catch (cause) {
    if (!needsWritableFolder(cause)) throw damaged(path, cause);
  }
  const folder = mkdtempSync(join(tmpdir(), 'microbatch-metrics-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const ending of ['', '-wal']) {
      if (existsSync(path + ending)) copyFileSync(path + ending, join(folder, `copy${ending}`));
    }
    const { database, close } = open(join(folder, 'copy'));
    return {
      database,
      close: () => {
        close();
        remove();
      },
    };
  } catch (cause) {
    remove();
    throw damaged(path, cause);
  }
}

/** SQLite looks at a file only when it is asked something. */
function open(path: string): OpenStore {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
  try {
    database.prepare('SELECT id FROM series LIMIT 1').all();
    return { database, close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * A file in write-ahead mode, as a killed writer leaves it, is read by SQLite only where it can create others beside it;
 * elsewhere nobody writes it either, and a copy is as good.
 */
function needsWritableFolder(error: unknown): boolean {
  const cannotOpen = 14;
  const readOnly = 8;
  if (!(error instanceof Error && 'errcode' in error)) return false;
  // The low byte is the error, the rest its variety.
  return [cannotOpen, readOnly].includes(Number(error.errcode) & 0xff);
}

function damaged(path: string, cause: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'metrics/damaged',
      message: `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      expected: 'a metric store written by this application',
      remedy: 'the other runs are not affected; bring this file back from a copy',
    },
    { cause },
  );
}
