import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary } from './library.ts';
import { recordFixture } from './run-fixture.ts';
import { groupHash, specHash } from './spec-hash.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-library-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('opening a library', () => {
  it('makes one where asked and opens it again', async () => {
    const path = join(folder, 'neu – 実験');
    await openLibrary(path, { create: true });
    expect((await readdir(path)).sort()).toEqual(['library.json', 'runs']);
    const again = await openLibrary(path);
    expect(again).toMatchObject({ folder: path, name: 'neu – 実験', readOnly: false });
  });

  it('does not make one by reading', async () => {
    await expect(openLibrary(join(folder, 'none'))).rejects.toMatchObject({ code: 'library/missing' });
    await expect(openLibrary(folder)).rejects.toMatchObject({ code: 'library/not-a-library' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('names what stands in its way', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(openLibrary(file, { create: true })).rejects.toMatchObject({ code: 'library/not-a-folder' });
    await expect(openLibrary(join(file, 'below'), { create: true })).rejects.toMatchObject({
      code: 'library/read-only',
    });
    const names = ['x'.repeat(300), Array.from({ length: 50 }, () => 'y'.repeat(100)).join('/')];
    for (const name of names) {
      const opening = openLibrary(join(folder, name), { create: true });
      await expect(opening).rejects.toMatchObject({ code: 'library/path-too-long' });
    }
    await writeFile(join(folder, 'library.json'), '{"schema": 2, "createdAt": "later"}');
    await expect(openLibrary(folder, { create: true })).rejects.toMatchObject({ code: 'library/newer' });
    await writeFile(join(folder, 'library.json'), '{"schema":');
    await expect(openLibrary(folder, { create: true })).rejects.toMatchObject({ code: 'library/not-a-library' });
  });

  it('takes no folder of other things for a new one, and leaves it as it was', async () => {
    await writeFile(join(folder, 'letter.txt'), 'mine');
    await expect(openLibrary(folder, { create: true })).rejects.toMatchObject({ code: 'library/not-empty' });
    expect(await readdir(folder)).toEqual(['letter.txt']);
  });

  it('goes on where a creation was cut off, and marks a library anew that has lost its library.json', async () => {
    await mkdir(join(folder, 'runs'));
    await writeFile(join(folder, 'library.json.0a.tmp'), '{');
    const { runs } = await openLibrary(folder, { create: true });
    await runs.create(recordFixture());
    await mkdir(join(folder, 'trash'));
    await rm(join(folder, 'library.json'));
    expect((await (await openLibrary(folder, { create: true })).runs.list()).records).toHaveLength(1);
  });

  it('takes no folder whose runs are those of another tool', async () => {
    await mkdir(join(folder, 'runs', 'Nov25_lab'), { recursive: true });
    await writeFile(join(folder, 'runs', 'Nov25_lab', 'events.out.tfevents.1'), '');
    await expect(openLibrary(folder, { create: true })).rejects.toMatchObject({
      code: 'library/not-empty',
      message: expect.stringContaining('runs/Nov25_lab') as string,
    });
    expect(await readdir(folder)).toEqual(['runs']);
  });

  it.skipIf(process.platform !== 'linux').each(['/proc', '/proc/none/below', '/sys', '/sys/none/below'])(
    'refuses %s at once',
    async (path) => {
      await expect(openLibrary(path, { create: true })).rejects.toMatchObject({
        code: expect.stringMatching(/^library\/(not-empty|read-only)$/) as string,
      });
    },
  );

  it('makes the folders above a new one', async () => {
    await openLibrary(join(folder, 'a', 'b'), { create: true });
    expect(await readdir(join(folder, 'a', 'b'))).toContain('library.json');
  });

  it('makes a missing runs folder again and takes no file for it', async () => {
    await openLibrary(folder, { create: true });
    await rm(join(folder, 'runs'), { recursive: true });
    expect(await openLibrary(folder)).toMatchObject({ readOnly: false });
    expect(await readdir(folder)).toContain('runs');
    await rm(join(folder, 'runs'), { recursive: true });
    await writeFile(join(folder, 'runs'), '');
    await expect(openLibrary(folder)).rejects.toMatchObject({ code: 'library/not-a-library' });
  });
});

describe('runs of a library', () => {
  const open = async () => (await openLibrary(folder, { create: true })).runs;

  it('are read back as written, newest first', async () => {
    const runs = await open();
    const first = recordFixture();
    const second = recordFixture({ id: 'sb-2-bbbb', createdAt: '2026-11-24T11:00:00.000Z' });
    await runs.create(first);
    await runs.create(second);
    expect(await runs.list()).toEqual({ records: [second, first], damaged: [] });
    await expect(runs.create(first)).rejects.toMatchObject({ code: 'run/exists' });
  });

  it('keep the last of many saves, and nothing beside it', async () => {
    const runs = await open();
    const record = recordFixture();
    await runs.create(record);
    await Promise.all(Array.from({ length: 50 }, (_, index) => runs.save({ ...record, step: index + 1 })));
    expect((await runs.get(record.id)).step).toBe(50);
    expect(await readdir(runs.folder(record.id))).toEqual(['run.json']);
  });

  it('are rid of what a killed process left half-written', async () => {
    const runs = await open();
    await runs.create(recordFixture());
    await mkdir(join(folder, 'runs', '.sb-2-bbbb.new'));
    await writeFile(join(folder, 'runs', '.sb-2-bbbb.new', 'run.json'), '{"schema": 1, "id');
    await writeFile(join(runs.folder('sb-1-aaaa'), 'run.json.1234.tmp'), 'half-written');
    expect((await runs.list()).damaged).toEqual([]);
    await runs.removeLeftovers();
    expect(await readdir(join(folder, 'runs'), { recursive: true })).toEqual([
      'sb-1-aaaa',
      join('sb-1-aaaa', 'run.json'),
    ]);
  });

  it('say in words why one cannot be written', async () => {
    const runs = await open();
    const record = recordFixture();
    await runs.create(record);
    await rm(folder, { recursive: true });
    await expect(runs.save(record)).rejects.toMatchObject({ code: 'library/gone' });
    await expect(runs.create(recordFixture({ id: 'sb-2-bbbb' }))).rejects.toMatchObject({ code: 'library/gone' });
  });

  it('name a damaged run and keep the rest', async () => {
    const runs = await open();
    await runs.create(recordFixture());
    for (const [id, text] of [
      ['torn', '{"schema": 1, "id'],
      ['wrong', '{"schema": 1}'],
    ] as const) {
      await mkdir(join(folder, 'runs', id));
      await writeFile(join(folder, 'runs', id, 'run.json'), text);
    }
    await mkdir(join(folder, 'runs', 'empty'));
    await writeFile(join(runs.folder('sb-1-aaaa'), 'run.json.1234.tmp'), 'half-written');
    const { records, damaged } = await runs.list();
    expect(records.map(({ id }) => id)).toEqual(['sb-1-aaaa']);
    expect(damaged.map(({ error }) => error.code)).toEqual(['run/damaged', 'run/damaged', 'run/damaged']);
    for (const reference of ['torn', 'wrong', 'empty', 'wro']) {
      await expect(runs.resolve(reference)).rejects.toMatchObject({ code: 'run/damaged' });
    }
  });

  it.skipIf(process.platform === 'win32')(
    'name a run whose record is a pipe or a device, without opening it',
    async () => {
      const runs = await open();
      await runs.create(recordFixture());
      for (const id of ['piped', 'endless']) await mkdir(join(folder, 'runs', id));
      execFileSync('mkfifo', [join(folder, 'runs', 'piped', 'run.json')]);
      await symlink('/dev/zero', join(folder, 'runs', 'endless', 'run.json'));
      const { records, damaged } = await runs.list();
      expect(records.map(({ id }) => id)).toEqual(['sb-1-aaaa']);
      expect(damaged.map(({ error }) => error.code)).toEqual(['run/damaged', 'run/damaged']);
    },
  );

  it('are found by id, unique beginning or unique name', async () => {
    const runs = await open();
    await runs.create(recordFixture());
    await runs.create(recordFixture({ id: 'sb-1-abcd', name: 'Pilot' }));
    expect((await runs.resolve('sb-1-aaaa')).id).toBe('sb-1-aaaa');
    expect((await runs.resolve('sb-1-ab')).id).toBe('sb-1-abcd');
    expect((await runs.resolve('Pilot')).id).toBe('sb-1-abcd');
    await expect(runs.resolve('sb-1')).rejects.toMatchObject({ code: 'run/ambiguous' });
    for (const reference of ['', 'nobody', '../../etc']) {
      await expect(runs.resolve(reference)).rejects.toMatchObject({ code: 'run/unknown' });
    }
  });

  it('never leave the library folder', async () => {
    const runs = await open();
    for (const id of ['..', '../x', 'a/b', 'A', '__proto__']) {
      expect(() => runs.folder(id)).toThrow(/there is no run/);
    }
  });

  it('come back from the trash', async () => {
    const runs = await open();
    const record = recordFixture();
    await runs.create(record);
    await runs.remove(record.id);
    expect((await runs.list()).records).toEqual([]);
    expect(await runs.restore(record.id)).toEqual(record);
    await expect(runs.restore('sb-9-none')).rejects.toMatchObject({ code: 'library/not-in-trash' });
  });

  it('of one id are removed again and again, as bundles bring them back, and none is lost in the trash', async () => {
    const runs = await open();
    for (const name of ['first', 'second', 'third']) {
      await runs.create({ ...recordFixture(), name });
      await runs.remove(recordFixture().id);
    }
    expect(await readdir(join(folder, 'trash'))).toHaveLength(3);
    await runs.create(recordFixture());
    await expect(runs.restore(recordFixture().id)).rejects.toMatchObject({ code: 'run/exists' });
    await runs.remove(recordFixture().id);
    expect(await runs.restore(recordFixture().id)).toEqual(recordFixture());
  });

  it('keep a log', async () => {
    const runs = await open();
    await runs.create(recordFixture());
    expect(await runs.readLog('sb-1-aaaa')).toEqual([]);
    await writeFile(join(runs.folder('sb-1-aaaa'), 'log.txt'), 'started\nended\n');
    expect(await runs.readLog('sb-1-aaaa')).toEqual(['started', 'ended']);
  });
});

describe('hashes of a spec', () => {
  const { spec } = recordFixture();

  it('do not depend on the order of fields', () => {
    const reversed = Object.fromEntries(Object.entries(spec).reverse());
    expect(specHash({ ...spec, ...reversed })).toBe(specHash(spec));
  });

  it('tell settings apart, and replicates by seed alone', () => {
    const other = { ...spec, seed: 2 };
    expect(specHash(other)).not.toBe(specHash(spec));
    expect(specHash({ ...spec, initialWeights: undefined })).toBe(specHash(spec));
    expect(groupHash({ ...spec, initialWeights: { weights: 'some-weights' } })).not.toBe(groupHash(spec));
    expect(groupHash(other)).toBe(groupHash(spec));
    expect(groupHash({ ...spec, learningRate: 0.2 })).not.toBe(groupHash(spec));
  });
});
