import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A block has 128 steps: the outline of a million steps, and every point of a chart's width of blocks, are read quickly. */
const blockBits = 7;
export const blockSteps = 2 ** blockBits;

/** Versions before the means have written stores with an outline alone. */
const tables = `
  CREATE TABLE IF NOT EXISTS outline (
    series INTEGER NOT NULL REFERENCES series (id),
    step INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY (series, step)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS means (
    series INTEGER NOT NULL REFERENCES series (id),
    block INTEGER NOT NULL,
    count INTEGER NOT NULL,
    mean REAL NOT NULL,
    PRIMARY KEY (series, block)
  ) STRICT, WITHOUT ROWID;
`;

export const blockOf = (step: number): number => Math.floor(step / blockSteps);

/** Whether a store has an outline: one that was written by an earlier version has none. */
export const hasOutline = (database: DatabaseSync): boolean => hasTable(database, 'outline');

/** Whether it has the means of its blocks as well. */
export const hasMeans = (database: DatabaseSync): boolean => hasTable(database, 'means');

const hasTable = (database: DatabaseSync, name: string): boolean =>
  database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).get(name) !== undefined;

/**
 * The outline of a metric store: of each block of steps of each series the first, the least, the greatest and the last
 * point and the first gap, and beside it the mean and the number of its values. It follows the points within their transactions. Functions throw the errors of SQLite.
 */
export class Outline {
  readonly #database: DatabaseSync;
  readonly #pointsOf: StatementSync;
  readonly #clear: StatementSync;
  readonly #insert: StatementSync;
  readonly #clearMean: StatementSync;
  readonly #insertMean: StatementSync;

  /** Makes the outline of a store that has none, or none of its means. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    const complete = hasOutline(database) && hasMeans(database);
    if (!complete) database.exec(`BEGIN; ${tables}`);
    this.#pointsOf = database.prepare(
      'SELECT step, value FROM points WHERE series = ? AND step BETWEEN ? AND ? ORDER BY step',
    );
    this.#clear = database.prepare('DELETE FROM outline WHERE series = ? AND step BETWEEN ? AND ?');
    this.#insert = database.prepare('INSERT INTO outline (series, step, value) VALUES (?, ?, ?)');
    this.#clearMean = database.prepare('DELETE FROM means WHERE series = ? AND block = ?');
    this.#insertMean = database.prepare('INSERT INTO means (series, block, count, mean) VALUES (?, ?, ?, ?)');
    if (complete) return;
    this.#makeWhole();
    database.exec('COMMIT');
  }

  /** Brings the blocks of points that were written up to date. */
  refresh(written: Iterable<{ readonly series: number; readonly step: number }>): void {
    const blocks = new Map<number, Set<number>>();
    for (const { series, step } of written) {
      const touched = blocks.get(series) ?? new Set();
      blocks.set(series, touched.add(blockOf(step)));
    }
    for (const [series, touched] of blocks) for (const block of touched) this.#outlineBlock(series, block);
  }

  /** After every point beyond a step was removed. */
  cutAfter(step: number): void {
    const clearOutline = this.#database.prepare('DELETE FROM outline WHERE series = ? AND step > ?');
    const clearMeans = this.#database.prepare('DELETE FROM means WHERE series = ? AND block > ?');
    for (const { id } of this.#database.prepare('SELECT id FROM series').all()) {
      clearOutline.run(Number(id), step);
      clearMeans.run(Number(id), blockOf(step));
      this.#outlineBlock(Number(id), blockOf(step));
    }
  }

  #makeWhole(): void {
    const written = this.#database.prepare(`SELECT DISTINCT series, step >> ${String(blockBits)} AS block FROM points`);
    for (const { series, block } of written.all()) this.#outlineBlock(Number(series), Number(block));
  }

  #outlineBlock(series: number, block: number): void {
    const bounds = [series, block * blockSteps, (block + 1) * blockSteps - 1] as const;
    this.#clear.run(...bounds);
    this.#clearMean.run(series, block);
    const rows = this.#pointsOf.all(...bounds);
    for (const { step, value } of outlineOf(rows)) {
      this.#insert.run(series, Number(step), typeof value === 'number' ? value : null);
    }
    const values = rows.map(({ value }) => value).filter((value) => typeof value === 'number');
    // Divided first: the sum of large values may be beyond every number.
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    if (values.length > 0) this.#insertMean.run(series, block, values.length, mean);
  }
}

type Row = Record<string, unknown>;

/** The first, least, greatest and last row and the first gap, each once. */
function outlineOf(rows: readonly Row[]): Set<Row> {
  const kept = new Set<Row>();
  const values = rows.filter(({ value }) => typeof value === 'number');
  const better = (sign: number) => (best: Row, row: Row) =>
    sign * Number(row['value']) > sign * Number(best['value']) ? row : best;
  const [first] = rows;
  if (first === undefined) return kept;
  kept.add(first).add(rows.at(-1) ?? first);
  const gap = rows.find(({ value }) => value === null);
  if (gap !== undefined) kept.add(gap);
  const [valued] = values;
  if (valued !== undefined) kept.add(values.reduce(better(-1), valued)).add(values.reduce(better(1), valued));
  return kept;
}
