import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { blockSteps, hasMeans } from './metric-outline.ts';
import { seriesOf, withDatabase } from './metric-reader.ts';

/** A series by buckets of equally many steps, ascending; buckets without a point are left out. */
export interface SummarisedSeries {
  readonly name: string;
  /** First recorded step of each bucket. */
  readonly steps: Float64Array;
  /** How many finite values each has. */
  readonly counts: Float64Array;
  /** Of the finite values; NaN where there are none. */
  readonly least: Float64Array;
  readonly greatest: Float64Array;
  readonly means: Float64Array;
  /** Value of the last recorded step; NaN where it was not finite. */
  readonly last: Float64Array;
}

interface SummaryRequest {
  /** All series where empty. */
  readonly names: readonly string[];
  /** About as many buckets a series. */
  readonly buckets: number;
}

/**
 * Least, greatest, mean and last value of every bucket of the named series. Buckets of whole blocks come from the
 * outline, so that a long series is not read; narrower ones, and stores of earlier versions, from the points.
 * Throws `metrics/damaged`.
 */
export function readSummary(path: string, { names, buckets }: SummaryRequest): SummarisedSeries[] {
  if (!existsSync(path)) return [];
  return withDatabase(path, (database) => {
    const outlined = hasMeans(database);
    return seriesOf(database, names).map(({ id, name }) => ({ name, ...summarise(database, id, buckets, outlined) }));
  });
}

function summarise(
  database: DatabaseSync,
  series: number,
  buckets: number,
  outlined: boolean,
): Omit<SummarisedSeries, 'name'> {
  const ends = database
    .prepare('SELECT MIN(step) AS first, MAX(step) AS last FROM points WHERE series = ?')
    .get(series);
  const width = Math.ceil((Number(ends?.['last'] ?? 0) - Number(ends?.['first'] ?? 0) + 1) / buckets);
  if (!outlined || width < blockSteps) {
    const rows = database.prepare(overPoints).all({ series, width });
    return columnsOf(rows);
  }
  const blocks = Math.ceil(width / blockSteps);
  return columnsOf(database.prepare(overBlocks).all({ series, width: blocks * blockSteps, blocks }));
}

/** Numbers are bound as fractions. The row of the greatest step gives its value: SQLite takes other columns from the row of a MAX. */
const extremes = `MIN(step) AS first, MIN(value) AS least, MAX(value) AS greatest`;
const lastOf = (table: string): string =>
  `SELECT step / CAST($width AS INTEGER) AS bucket, MAX(step), value AS last FROM ${table} WHERE series = $series GROUP BY bucket`;

const overPoints = `
  SELECT * FROM (
    SELECT step / CAST($width AS INTEGER) AS bucket, ${extremes}, COUNT(value) AS count, AVG(value) AS mean
    FROM points WHERE series = $series GROUP BY bucket
  ) JOIN (${lastOf('points')}) USING (bucket) ORDER BY bucket`;

const overBlocks = `
  SELECT * FROM (
    SELECT step / CAST($width AS INTEGER) AS bucket, ${extremes} FROM outline WHERE series = $series GROUP BY bucket
  ) JOIN (${lastOf('outline')}) USING (bucket) LEFT JOIN (
    SELECT block / CAST($blocks AS INTEGER) AS bucket, SUM(count) AS count, SUM(mean * count) / SUM(count) AS mean
    FROM means WHERE series = $series GROUP BY bucket
  ) USING (bucket) ORDER BY bucket`;

function columnsOf(rows: readonly Record<string, unknown>[]): Omit<SummarisedSeries, 'name'> {
  const column = (name: string, missing = Number.NaN): Float64Array =>
    Float64Array.from(rows, (row) => (typeof row[name] === 'number' ? row[name] : missing));
  return {
    steps: column('first'),
    counts: column('count', 0),
    least: column('least'),
    greatest: column('greatest'),
    means: column('mean'),
    last: column('last'),
  };
}
