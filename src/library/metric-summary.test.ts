import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSummary } from './metric-summary.ts';
import type { SummarisedSeries } from './metric-summary.ts';
import { MetricWriter } from './metric-writer.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-summary-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const length = 10_000;
const valueAt = (step: number): number => (step % 1000 === 7 ? Number.NaN : Math.sin(step / 50) * step);

function write(name: string, from: number, to: number): string {
  const path = join(folder, name);
  const writer = new MetricWriter(path);
  for (let step = from; step <= to; step += 1) writer.append('train/loss', step, valueAt(step));
  writer.close();
  return path;
}

/** By the plain definition, from the values themselves. */
function expected(width: number, to = length): Record<string, number[]> {
  const columns = { steps: [], counts: [], least: [], greatest: [], means: [], last: [] } as Record<string, number[]>;
  for (let bucket = 0; bucket * width <= to; bucket += 1) {
    const steps = Array.from({ length: width }, (_, index) => bucket * width + index).filter(
      (step) => step >= 1 && step <= to,
    );
    const finite = steps.map(valueAt).filter((value) => Number.isFinite(value));
    columns['steps']?.push(steps[0] ?? Number.NaN);
    columns['counts']?.push(finite.length);
    columns['least']?.push(Math.min(...finite));
    columns['greatest']?.push(Math.max(...finite));
    columns['means']?.push(finite.reduce((sum, value) => sum + value, 0) / finite.length);
    columns['last']?.push(valueAt(steps.at(-1) ?? 0));
  }
  return columns;
}

function expectSummary(found: readonly SummarisedSeries[], wanted: Record<string, number[]>): void {
  const [series] = found;
  expect(found.map(({ name }) => name)).toEqual(['train/loss']);
  for (const column of ['steps', 'counts', 'least', 'greatest', 'last'] as const) {
    expect([...(series?.[column] ?? [])], column).toEqual(wanted[column]);
  }
  for (const [index, mean] of (wanted['means'] ?? []).entries()) expect(series?.means[index]).toBeCloseTo(mean, 6);
}

describe('least, greatest, mean and last value of buckets', () => {
  it.each([
    [10, 1000],
    [100, 100],
    [256, 40],
    [2560, 4],
  ])('are those of the recorded values, %i steps a bucket', (width, buckets) => {
    const wanted = expected(width);
    expectSummary(readSummary(write(`w-${String(width)}.sqlite`, 1, length), { names: [], buckets }), wanted);
  });

  it('stay so where points are cut off and recorded again', () => {
    const path = write('cut.sqlite', 1, length);
    const writer = new MetricWriter(path);
    writer.cutAfter(5003);
    writer.close();
    expectSummary(readSummary(path, { names: [], buckets: 4 }), expected(1280, 5003));
    write('cut.sqlite', 5004, length);
    expectSummary(readSummary(path, { names: [], buckets: 4 }), expected(2560));
  });

  it.each(['outline', 'means'])(
    'are there for stores of versions without %s, and made when such a run goes on',
    (what) => {
      const path = write(`old-${what}.sqlite`, 1, length);
      const database = new DatabaseSync(path);
      database.exec(`DROP TABLE means; ${what === 'outline' ? 'DROP TABLE outline;' : ''}`);
      database.close();
      expectSummary(readSummary(path, { names: [], buckets: 20 }), expected(500));
      new MetricWriter(path).close();
      expectSummary(readSummary(path, { names: [], buckets: 4 }), expected(2560));
    },
  );
});
