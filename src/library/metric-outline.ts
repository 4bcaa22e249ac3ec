import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A block has 128 steps: the outline of a million steps, and every point of a chart's width of blocks, are read quickly. */
const blockBits = 7;
export const blockSteps = 2 ** blockBits;

const table = `
  CREATE TABLE outline (
    series INTEGER NOT NULL REFERENCES series (id),
    step INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY (series, step)
  ) STRICT, WITHOUT ROWID;
`;

export const blockOf = (step: number): number => Math.floor(step / blockSteps);

/** Whether a store has an outline: one that was written by an earlier version has none. */
export const hasOutline = (database: DatabaseSync): boolean =>
  database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outline'`).get() !== undefined;

/**
 * The outline of a metric store: of each block of steps of each series the first, the least, the greatest and the last
 * point and the first gap. It follows the points within their transactions. Functions throw the errors of SQLite.
 */
export class Outline {
  readonly #database: DatabaseSync;
  readonly #pointsOf: StatementSync;
  readonly #clear: StatementSync;
  readonly #insert: StatementSync;

  /** Makes the outline of a store that has none. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    const complete = hasOutline(database);
    if (!complete) database.exec(`BEGIN; ${table}`);
    this.#pointsOf = database.prepare(
      'SELECT step, value FROM points WHERE series = ? AND step BETWEEN ? AND ? ORDER BY step',
    );
    this.#clear = database.prepare('DELETE FROM outline WHERE series = ? AND step BETWEEN ? AND ?');
    this.#insert = database.prepare('INSERT INTO outline (series, step, value) VALUES (?, ?, ?)');
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
    this.#database.prepare('DELETE FROM outline WHERE step > ?').run(step);
    for (const { id } of this.#database.prepare('SELECT id FROM series').all()) {
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
    for (const { step, value } of outlineOf(this.#pointsOf.all(...bounds))) {
      this.#insert.run(series, Number(step), typeof value === 'number' ? value : null);
    }
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
