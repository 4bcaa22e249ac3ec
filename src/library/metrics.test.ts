import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLastValues, readMetrics } from './metric-reader.ts';
import { MetricWriter } from './metric-writer.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-metrics-'));
  file = join(folder, 'metrics.sqlite');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('metric store', () => {
  it('gives back what was recorded, in order of steps, gaps as NaN', () => {
    const writer = new MetricWriter(file);
    writer.append('train/loss', 20, 0.5);
    writer.append('train/loss', 0, 2.25);
    writer.append('train/loss', 40, Number.POSITIVE_INFINITY);
    writer.append('validation/accuracy', 20, 0.75);
    writer.close();
    expect(readMetrics(file)).toEqual([
      { name: 'train/loss', steps: Float64Array.of(0, 20, 40), values: Float64Array.of(2.25, 0.5, Number.NaN) },
      { name: 'validation/accuracy', steps: Float64Array.of(20), values: Float64Array.of(0.75) },
    ]);
    expect(readMetrics(file, ['validation/accuracy'])).toHaveLength(1);
    expect(readLastValues(file)).toEqual({ 'validation/accuracy': 0.75 });
  });

  it('can be read while it is written', () => {
    const writer = new MetricWriter(file);
    writer.append('a', 1, 1);
    writer.flush();
    expect(readMetrics(file)[0]?.values).toEqual(Float64Array.of(1));
    writer.close();
  });

  it('is continued after a stop, a repeated step replacing its point', () => {
    for (const value of [1, 2]) {
      const writer = new MetricWriter(file);
      writer.append('a', 7, value);
      writer.append('a', 7 + value, value);
      writer.close();
    }
    expect(readMetrics(file)[0]).toMatchObject({ steps: Float64Array.of(7, 8, 9), values: Float64Array.of(2, 1, 2) });
  });

  it('has nothing where nothing was recorded, and names a damaged file', async () => {
    expect(readMetrics(file)).toEqual([]);
    expect(readLastValues(file)).toEqual({});
    await writeFile(file, '');
    expect(() => readMetrics(file)).toThrow(/metrics\.sqlite cannot be read/);
    await writeFile(file, 'This is a broken database, long enough to look like one. '.repeat(50));
    expect(() => readMetrics(file)).toThrow(/metrics\.sqlite cannot be read/);
    expect(() => new MetricWriter(file)).toThrow(/metrics\.sqlite cannot be opened/);
  });
});

describe('a writer', () => {
  it('leaves the database of another application as it is', async () => {
    const foreign = new DatabaseSync(file);
    foreign.exec('CREATE TABLE bookmarks (url TEXT)');
    foreign.close();
    const before = await readFile(file);
    expect(() => new MetricWriter(file)).toThrow(/metrics\.sqlite cannot be opened for writing: no such table/);
    expect((await readFile(file)).equals(before)).toBe(true);
    expect(await readdir(dirname(file))).toEqual(['metrics.sqlite']);
  });

  it.each([
    ['is removed, says so at the next point', 'run', /was removed or renamed/],
    ['goes away with its library, goes on', '.', null],
  ])('whose folder %s', async (_words, removed, expected) => {
    const runFolder = join(dirname(file), 'runs', 'run');
    await mkdir(runFolder, { recursive: true });
    const writer = new MetricWriter(join(runFolder, 'metrics.sqlite'));
    writer.append('loss', 1, 1);
    await rm(join(dirname(file), 'runs', removed), { recursive: true });
    await new Promise((resume) => setTimeout(resume, 600));
    const next = (): void => writer.append('loss', 2, 1);
    if (expected === null) expect(next).not.toThrow();
    else expect(next).toThrow(expected);
    writer.close();
  });
});

describe('a writer killed with SIGKILL', () => {
  it('has kept every point older than a second', async () => {
    const child = fork(join(import.meta.dirname, 'metric-writer-child.ts'), [file]);
    let appended = 0;
    const history: { at: number; appended: number }[] = [];
    child.on('message', (message) => {
      appended = Number(message);
      history.push({ at: performance.now(), appended });
    });
    await once(child, 'message');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const killedAt = performance.now();
    const [series] = readMetrics(file);
    const kept = series?.steps.length ?? 0;
    const olderThanASecond = Math.max(
      0,
      ...history.filter(({ at }) => at < killedAt - 1000).map((one) => one.appended),
    );
    expect(olderThanASecond).toBeGreaterThan(0);
    expect(kept).toBeGreaterThanOrEqual(olderThanASecond);
    // What is there is whole: consecutive steps with their values.
    expect(series?.values).toEqual(Float64Array.from({ length: kept }, (_, step) => step / 3));
  });
});
