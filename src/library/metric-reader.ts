import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { MicrobatchError } from '../contracts/errors.ts';

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
    const rows = database.prepare('SELECT id, name FROM series ORDER BY name').all();
    const points = database.prepare('SELECT step, value FROM points WHERE series = ? ORDER BY step');
    return rows
      .map((row) => ({ id: Number(row['id']), name: String(row['name']) }))
      .filter(({ name }) => names.length === 0 || names.includes(name))
      .map(({ id, name }) => {
        const found = points.all(id);
        return {
          name,
          steps: Float64Array.from(found, (point) => Number(point['step'])),
          values: Float64Array.from(found, ({ value }) => (typeof value === 'number' ? value : Number.NaN)),
        };
      });
  });
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

function withDatabase<T>(path: string, use: (database: DatabaseSync) => T): T {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(addressOf(path), { readOnly: true, timeout: 2000 });
    return use(database);
  } catch (cause) {
    throw new MicrobatchError(
      {
        code: 'metrics/damaged',
        message: `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        expected: 'a metric store written by this application',
        remedy: 'the other runs are not affected; bring this file back from a copy',
      },
      { cause },
    );
  } finally {
    database?.close();
  }
}

/**
 * Where nothing can be created beside a file, SQLite cannot share memory with a writer; then there is none, and what
 * has no pending log is read as it stands.
 */
function addressOf(path: string): string | URL {
  const pending = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (pending > 0 || existsSync(`${path}-shm`) || canWrite(dirname(path))) return path;
  const address = pathToFileURL(path);
  address.searchParams.set('immutable', '1');
  return address;
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
