import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRange } from './metric-range.ts';
import { readMetrics, type RecordedSeries } from './metric-reader.ts';
import { MetricWriter } from './metric-writer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-range-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A store as the version before the outline wrote it: `value` is SQL over the step i. */
function oldStore(path: string, steps: number, value: string): void {
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE points (series INTEGER NOT NULL REFERENCES series (id), step INTEGER NOT NULL, value REAL,
      PRIMARY KEY (series, step)) STRICT, WITHOUT ROWID;
    INSERT INTO series VALUES (1, 'train/loss');
    INSERT INTO points WITH RECURSIVE steps (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM steps WHERE i < ${String(steps)})
      SELECT 1, i, ${value} FROM steps;`);
  database.close();
}

function one(found: readonly RecordedSeries[]): RecordedSeries {
  const [series] = found;
  if (series === undefined || found.length > 1) throw new Error(`${String(found.length)} series`);
  return series;
}

const pairs = ({ steps, values }: RecordedSeries): [number, number][] =>
  Array.from(steps, (step, index) => [step, values[index] ?? Number.NaN]);

describe('a series of a million points', () => {
  const value =
    'CASE i WHEN 500123 THEN 1e9 WHEN 300200 THEN -1e9 WHEN 700001 THEN NULL ELSE (i * 7919) % 1000 / 1e3 END';
  let file: string;
  let whole: RecordedSeries;
  beforeAll(() => {
    file = join(folder, 'million.sqlite');
    oldStore(file, 1_000_000, value);
    whole = one(readRange(file, { names: [], points: 2000 }));
    new MetricWriter(file).close();
  });

  it('is read whole where an earlier version wrote it', () => {
    expect(whole.steps).toHaveLength(1_000_000);
  });

  it('comes as an outline with its ends, extremes and gaps', () => {
    const outline = one(readRange(file, { names: [], points: 2000 }));
    expect(outline.steps.length).toBeLessThan(45_000);
    expect(outline.steps.length).toBeGreaterThan(2000);
    const found = new Map(pairs(outline));
    expect([found.get(500_123), found.get(300_200), found.get(700_001)]).toEqual([1e9, -1e9, Number.NaN]);
    expect([outline.steps[0], outline.steps.at(-1)]).toEqual([1, 1_000_000]);
    expect(outline.steps).toEqual(Float64Array.from(new Set(outline.steps)).sort());
    for (const [step, recorded] of pairs(outline)) expect(recorded).toBe(whole.values[step - 1]);
  });

  it('comes with every point of a short range', () => {
    const { steps } = one(readRange(file, { names: [], from: 1000, to: 11_000, points: 2000 }));
    expect(steps).toEqual(Float64Array.from({ length: 10_001 }, (_, index) => 1000 + index));
  });

  it.each([
    [500_123, 900_000, 1e9],
    [100_000, 500_123, 1e9],
    [500_124, 900_000, 0.999],
    [100_000, 500_122, 0.999],
  ])('keeps the greatest of steps %i to %i and nothing outside', (from, to, greatest) => {
    const { steps, values } = one(readRange(file, { names: [], from, to, points: 2000 }));
    expect([steps[0], steps.at(-1)]).toEqual([from, to]);
    expect(values.reduce((best, at) => (at > best ? at : best), -Infinity)).toBe(greatest);
  });
});

describe('the outline', () => {
  it('follows points that are added, replaced, cut off and recorded again', () => {
    const file = join(folder, 'changes.sqlite');
    let state = 11;
    const draw = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
    let writer = new MetricWriter(file);
    for (let round = 0; round < 30; round += 1) {
      for (let count = 0; count < 200; count += 1) {
        writer.append(`series/${String(draw(3))}`, draw(3000) - 200, draw(20) === 0 ? Number.NaN : draw(1000));
      }
      if (round % 7 === 3) writer.cutAfter(1500 + draw(500));
      if (round % 5 === 4) {
        writer.close();
        writer = new MetricWriter(file);
      }
    }
    writer.close();
    const outline = (): unknown[] => {
      const database = new DatabaseSync(file);
      const rows = database.prepare('SELECT * FROM outline').all();
      database.exec('DROP TABLE outline');
      database.close();
      return rows;
    };
    const followed = outline();
    expect(followed.length).toBeGreaterThan(100);
    new MetricWriter(file).close();
    expect(followed).toEqual(outline());
  });

  it('gives the few points of sparse series, and none where a range has none', () => {
    const file = join(folder, 'none.sqlite');
    expect(readRange(file, { names: [], points: 10 })).toEqual([]);
    const writer = new MetricWriter(file);
    writer.append('a', 5, 1);
    writer.append('a', 5000, Number.NaN);
    writer.append('b', 7, 2);
    writer.flush();
    expect(readRange(file, { names: [], points: 4 })).toEqual(
      readMetrics(file).map((series) => ({ ...series, complete: true })),
    );
    expect(one(readRange(file, { names: ['a'], points: 4, from: 6, to: 4999 })).steps).toHaveLength(0);
    expect(one(readRange(file, { names: ['a'], points: 4, from: 9000 })).steps).toHaveLength(0);
    expect(one(readRange(file, { names: ['a'], points: 4, from: 5000, to: 6 })).steps).toHaveLength(0);
    writer.close();
  });
});
