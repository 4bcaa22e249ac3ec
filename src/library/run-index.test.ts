import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary } from './library.ts';
import { textOf } from './record-file.ts';
import { recordFixture } from './run-fixture.ts';
import { RunStore } from './run-store.ts';

let folder: string;
let runs: RunStore;
const index = (): string => join(folder, 'index.sqlite');
const runFile = (id: string): string => join(folder, 'runs', id, 'run.json');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-index-'));
  runs = (await openLibrary(folder, { create: true })).runs;
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A library whose index has entries for `count` runs that were written a while ago. */
async function fill(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, number) => `sb-${String(number)}-aaaa`);
  for (const id of ids) {
    await runs.create(recordFixture({ id }));
    await utimes(runFile(id), new Date('2026-01-01'), new Date('2026-01-01'));
  }
  await runs.list();
  return ids;
}

/** What is in the folders, read without the index. */
async function truth(): Promise<Awaited<ReturnType<RunStore['list']>>> {
  const aside = `${index()}.aside`;
  await rename(index(), aside).catch(() => undefined);
  const { runs: plain } = await openLibrary(folder);
  await mkdir(index());
  const found = await plain.list();
  await rm(index(), { recursive: true });
  await rename(aside, index()).catch(() => undefined);
  return found;
}

const indexedIds = (): unknown[] => {
  const database = new DatabaseSync(index(), { readOnly: true });
  try {
    return database
      .prepare('SELECT id FROM records ORDER BY id')
      .all()
      .map((row) => row['id']);
  } finally {
    database.close();
  }
};

/** Text of the same length with another name for the run. */
const renamedIn = (text: string): string => text.replace('Small batch', 'Smart batch');

/** Deterministic numbers below `below`. */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

describe('the index of a library', () => {
  it('of many runs is made behind the list, which waits for no more than its beginning', async () => {
    const ids = Array.from({ length: 600 }, (_, number) => `sb-${String(number)}-aaaa`);
    for (const id of ids) {
      await mkdir(join(folder, 'runs', id));
      await writeFile(runFile(id), textOf(recordFixture({ id })));
    }
    expect((await runs.list()).records).toHaveLength(600);
    expect(indexedIds().length).toBeLessThan(600);
    await expect.poll(() => indexedIds().length).toBe(600);
    expect((await runs.list()).records).toHaveLength(600);
  });

  it('stands for a run.json whose inode, time of change and size are the same', async () => {
    const [id = ''] = await fill(3);
    const { mtime } = await stat(runFile(id));
    await writeFile(runFile(id), renamedIn(await readFile(runFile(id), 'utf8')));
    await utimes(runFile(id), mtime, mtime);
    expect((await runs.list()).records.map(({ name }) => name)).toEqual(Array(3).fill('Small batch, seed 1'));
    await rm(index());
    expect((await runs.list()).records.find((record) => record.id === id)?.name).toBe('Smart batch, seed 1');
  });

  it('is not believed for a run.json that was changed by hand, even at once and to the same size', async () => {
    const record = recordFixture();
    await runs.create(record);
    await writeFile(runFile(record.id), renamedIn(await readFile(runFile(record.id), 'utf8')));
    expect((await runs.list()).records[0]?.name).toBe('Smart batch, seed 1');
    await writeFile(runFile(record.id), '{"schema": 1');
    expect((await runs.list()).damaged).toMatchObject([{ error: { code: 'run/damaged' } }]);
    expect(indexedIds()).toEqual([]);
  });

  it('has every record that was written, and drops those of runs that have gone', async () => {
    const [first = '', second = '', third = ''] = await fill(3);
    await runs.create(recordFixture({ id: 'sb-9-aaaa' }));
    expect(indexedIds()).toContain('sb-9-aaaa');
    await runs.remove(first);
    await rm(join(folder, 'runs', second), { recursive: true });
    await runs.list();
    expect(indexedIds()).toEqual([third, 'sb-9-aaaa']);
  });

  it.each([1, 2, 3])('equals the folders after random changes, seed %i', async (seed) => {
    const draw = draws(seed);
    const ids = await fill(6);
    const changes = [
      (id: string) => runs.save(recordFixture({ id, step: draw(100) })),
      (id: string) => runs.remove(id),
      (id: string) => runs.restore(id),
      (id: string) => runs.create(recordFixture({ id })),
      (id: string) => writeFile(runFile(id), JSON.stringify(recordFixture({ id, step: draw(100) }))),
      (id: string) => writeFile(runFile(id), '{'),
      (id: string) => rm(runFile(id)),
      (id: string) => utimes(runFile(id), new Date('2026-02-01'), new Date('2026-02-01')),
      () => runs.list(),
    ];
    for (let round = 0; round < 40; round += 1) {
      // Many are refused, such as to restore what is not in the trash.
      await Promise.resolve(changes[draw(changes.length)]?.(ids[draw(ids.length)] ?? '')).catch(() => undefined);
      if (round % 8 === 7) expect(await runs.list()).toEqual(await truth());
    }
  });
});

describe('an index that is damaged', () => {
  it('is made anew where it was deleted, cut off or overwritten', async () => {
    const ids = await fill(40);
    const expected = await truth();
    const { size } = await stat(index());
    for (const damage of [
      () => rm(index()),
      () => truncate(index(), Math.floor(size / 2)),
      () => truncate(index(), 0),
      () => truncate(index(), 50),
      () => writeFile(index(), 'not a database at all'.repeat(500)),
      () => writeFile(`${index()}-journal`, 'left by nobody'.repeat(100)),
    ]) {
      await damage();
      expect(await runs.list()).toEqual(expected);
      // The first listing may have found whole entries and only then the damage.
      expect(await runs.list()).toEqual(expected);
      expect(indexedIds()).toEqual([...ids].sort());
    }
  });

  it('gives the records of the folders wherever a bit of it has flipped', async () => {
    await fill(8);
    const expected = await truth();
    const sound = await readFile(index());
    const draw = draws(7);
    for (let round = 0; round < 60; round += 1) {
      const flipped = Buffer.from(sound);
      // The first ones hit the header, where the layout of the whole file is.
      const at = round < 20 ? round * 5 : draw(flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << draw(8));
      await writeFile(index(), flipped);
      expect(await runs.list()).toEqual(expected);
      expect(await runs.list()).toEqual(expected);
    }
  });

  it('is left alone where a newer version wrote it, or where it is no file', async () => {
    await fill(2);
    const expected = await truth();
    const database = new DatabaseSync(index());
    database.exec('DROP TABLE records; CREATE TABLE records (later TEXT); PRAGMA user_version = 2');
    database.close();
    const newer = await readFile(index());
    await runs.save(recordFixture({ id: 'sb-0-aaaa', step: 3 }));
    expect((await runs.list()).records.map(({ step }) => step)).toEqual([3, 0]);
    expect(await readFile(index())).toEqual(newer);
    await runs.save(recordFixture({ id: 'sb-0-aaaa' }));
    await rm(index());
    const outside = join(folder, 'outside');
    await writeFile(outside, 'mine');
    await symlink(outside, index());
    expect(await runs.list()).toEqual(expected);
    expect(await readFile(outside, 'utf8')).toBe('mine');
    await rm(index());
    await mkdir(index());
    expect(await runs.list()).toEqual(expected);
  });

  it('does not take what was parsed with another contract or moved to another run', async () => {
    await fill(2);
    const expected = await truth();
    const database = new DatabaseSync(index());
    database.exec(`UPDATE records SET record = '{"id":"sb-0-aaaa"}' WHERE id = 'sb-0-aaaa';
      UPDATE records SET checksum = 'of another contract' WHERE id = 'sb-1-aaaa'`);
    database.close();
    expect(await runs.list()).toEqual(expected);
  });

  it('is used and not written in a library that is only read', async () => {
    await fill(3);
    const before = await readFile(index());
    await writeFile(runFile('sb-0-aaaa'), JSON.stringify(recordFixture({ id: 'sb-0-aaaa', step: 8 })));
    expect((await new RunStore(folder, true).list()).records.map(({ step }) => step)).toEqual([8, 0, 0]);
    expect(await readFile(index())).toEqual(before);
  });
});

describe('an index of two processes', () => {
  it('is not in the way of either, and right in the end', async () => {
    await fill(20);
    const child = fork(join(import.meta.dirname, 'run-index-child.ts'), [folder, 'sb-0-aaaa', '60']);
    const ended = once(child, 'exit');
    for (let step = 1; child.exitCode === null; step += 1) {
      await runs.save(recordFixture({ id: 'sb-1-aaaa', step }));
      expect((await runs.list()).records).toHaveLength(20);
    }
    expect(await ended).toEqual([0, null]);
    const found = await runs.list();
    expect(found.records.find(({ id }) => id === 'sb-0-aaaa')?.step).toBe(60);
    expect(found).toEqual(await truth());
  });

  it('is done without while another holds it', async () => {
    const ids = await fill(2);
    const holder = new DatabaseSync(index());
    holder.exec('BEGIN EXCLUSIVE');
    await runs.save(recordFixture({ id: ids[0] ?? '', step: 5 }));
    expect((await runs.list()).records.map(({ step }) => step)).toEqual([5, 0]);
    holder.exec('COMMIT');
    holder.close();
    expect(await runs.list()).toEqual(await truth());
    expect(indexedIds()).toEqual(ids);
  });
});
