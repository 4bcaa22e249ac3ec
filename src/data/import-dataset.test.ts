import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importDataset } from './import-dataset.ts';
import { openDataset } from './open-dataset.ts';
import { batchImages, cifarEntries, pickledBatch, tarOf } from './readers/archive-fixture.ts';
import type { TarEntry } from './readers/archive-fixture.ts';
import { verifyDataset } from './report.ts';
import { removeSet, restoreSet } from './store/trash.ts';

let folder: string;
let datasets: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-import-'));
  datasets = join(folder, 'datasets');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function archive(entries: readonly TarEntry[], name = 'archive.tar.gz'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, gzipSync(tarOf(entries)));
  return path;
}

/** Everything in the data folder but what is hidden. */
const stored = async (): Promise<string[]> => (await readdir(datasets).catch(() => [])).toSorted();

/** Binary form of the same images: a label byte in front of each. */
async function binaryFolder(count: number): Promise<string> {
  const path = join(folder, 'cifar-10-batches-bin');
  await mkdir(path);
  for (let file = 1; file <= 6; file += 1) {
    const images = batchImages(count, file);
    const records = Array.from({ length: count }, (_, index) => [
      (index + file) % 10,
      ...images.subarray(index * 3072, (index + 1) * 3072),
    ]);
    const name = file === 6 ? 'test_batch.bin' : `data_batch_${String(file)}.bin`;
    await writeFile(join(path, name), Uint8Array.from(records.flat()));
  }
  return path;
}

describe('importing CIFAR-10', () => {
  it('stores the training files in the order of their numbers, whatever their order in the archive', async () => {
    const manifest = await importDataset(datasets, { path: await archive(cifarEntries(2), 'My CIFAR.tar.gz') });
    expect(manifest).toMatchObject({ id: 'my-cifar', kind: 'cifar10-python', published: false });
    expect(manifest.parts).toMatchObject({ train: { count: 10 }, test: { count: 2 } });
    const pixels = await readFile(join(datasets, 'my-cifar', 'train-images.bin'));
    expect(pixels.equals(Buffer.concat([1, 2, 3, 4, 5].map((file) => batchImages(2, file))))).toBe(true);
  });

  it('gives the same set from the binary form, an unpacked folder and a folder around it', async () => {
    const fromArchive = await importDataset(datasets, { path: await archive(cifarEntries(2)), id: 'a' });
    const fromBinary = await importDataset(datasets, { path: await binaryFolder(2), id: 'b' });
    const around = join(folder, 'around');
    await mkdir(join(around, 'cifar-10-batches-py'), { recursive: true });
    for (const { path, content = '' } of cifarEntries(2)) await writeFile(join(around, path), content);
    const fromFolder = await importDataset(datasets, { path: around, id: 'c' });
    expect(fromBinary.parts).toEqual(fromArchive.parts);
    expect(fromFolder.parts).toEqual(fromArchive.parts);
    const open = (id: string) => openDataset({ id }, { resources: '', datasets });
    expect((await open('a')).dataHash).toBe((await open('b')).dataHash);
  });

  it('verifies what is stored, and uses nothing that does not verify', async () => {
    await importDataset(datasets, { path: await archive(cifarEntries(3)), id: 'mine' });
    const folders = { resources: '', datasets };
    expect(await verifyDataset('mine', folders)).toMatchObject({ splits: { train: 12, validation: 3, test: 3 } });
    const images = join(datasets, 'mine', 'train-images.bin');
    const bytes = await readFile(images);
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    await writeFile(images, bytes);
    const changed = { code: 'data/wrong-checksum' };
    await expect(verifyDataset('mine', folders)).rejects.toMatchObject(changed);
    await expect(openDataset({ id: 'mine' }, folders)).rejects.toMatchObject(changed);
    await rm(images);
    await expect(openDataset({ id: 'mine' }, folders)).rejects.toMatchObject({ code: 'data/missing-file' });
  });

  it('keeps a removed set until it is brought back', async () => {
    await importDataset(datasets, { path: await archive(cifarEntries(2)), id: 'mine' });
    await removeSet(datasets, 'mine');
    await expect(openDataset({ id: 'mine' }, { resources: '', datasets })).rejects.toMatchObject({
      code: 'data/unknown-dataset',
    });
    await restoreSet(datasets, 'mine');
    expect((await openDataset({ id: 'mine' }, { resources: '', datasets })).train.size).toBe(8);
    await expect(restoreSet(datasets, 'mine')).rejects.toMatchObject({ code: 'data/unknown-dataset' });
    await expect(removeSet(datasets, '../outside')).rejects.toMatchObject({ code: 'data/unknown-dataset' });
  });

  it('does not replace a set, nor lend the name of a published set to another', async () => {
    const path = await archive(cifarEntries(2));
    await importDataset(datasets, { path, id: 'mine' });
    await expect(importDataset(datasets, { path, id: 'mine' })).rejects.toMatchObject({ code: 'data/exists' });
    await expect(importDataset(datasets, { path, id: 'cifar10' })).rejects.toMatchObject({
      code: 'data/wrong-checksum',
    });
    await expect(importDataset(datasets, { path, id: 'fashion-mnist-small' })).rejects.toMatchObject({
      code: 'data/exists',
    });
    for (const id of ['../up', '.hidden', 'Big', '']) {
      await expect(importDataset(datasets, { path, id })).rejects.toMatchObject({ code: 'data/invalid-id' });
    }
    expect(await stored()).toEqual(['mine']);
  });
});

describe('an archive that is wrong or means harm', () => {
  const good = cifarEntries(2);
  const replaced = (name: string, content: Uint8Array): TarEntry[] =>
    good.map((entry) => (entry.path.endsWith(name) ? { ...entry, content } : entry));
  const images = batchImages(2, 1);
  const attacks: readonly (readonly [string, readonly TarEntry[], string])[] = [
    ['a path out of the archive', [...good, { path: '../../data_batch_1', content: 'x' }], 'data/archive-refused'],
    ['an absolute path', [{ path: '/tmp/data_batch_1', content: 'x' }, ...good], 'data/archive-refused'],
    ['a symbolic link', [{ path: 'data_batch_1', type: '2', link: '/etc/passwd' }, ...good], 'data/archive-refused'],
    ['a hard link', [...good, { path: 'x/test_batch', type: '1', link: '/etc/passwd' }], 'data/archive-refused'],
    ['a device', [...good, { path: 'x/test_batch', type: '3' }], 'data/archive-refused'],
    [
      'a member that claims to be huge',
      [{ path: 'x/test_batch', size: 2 ** 32, content: 'x' }],
      'data/archive-too-large',
    ],
    ['a member that is missing', good.slice(1), 'data/missing-file'],
    [
      'a malicious pickle',
      replaced('data_batch_2', Buffer.from('\x80\x02cos\nsystem\nU\x04date\x85R.', 'latin1')),
      'data/pickle-refused',
    ],
    ['a pickle of something else', replaced('data_batch_2', Buffer.from('\x80\x02N.', 'latin1')), 'data/wrong-shape'],
    [
      'images of another size',
      replaced('data_batch_3', pickledBatch([1, 2], images.subarray(0, 2000), 'labels', 1000)),
      'data/wrong-shape',
    ],
    ['fewer labels than images', replaced('data_batch_3', pickledBatch([1], images)), 'data/wrong-shape'],
    ['a label that is no class', replaced('test_batch', pickledBatch([1, 10], images)), 'data/label-out-of-range'],
  ];

  it.each(attacks)('is refused for %s, and nothing is left behind', async (_, entries, code) => {
    const path = await archive(entries);
    await expect(importDataset(datasets, { path, kind: 'cifar10-python' })).rejects.toMatchObject({ code });
    expect(await stored()).toEqual([]);
    expect(await readdir(folder)).toEqual([
      'archive.tar.gz',
      ...((await readdir(folder)).includes('datasets') ? ['datasets'] : []),
    ]);
  });

  it('is refused wherever it is cut off', async () => {
    const whole = gzipSync(tarOf(good));
    const path = join(folder, 'cut.tar.gz');
    for (const share of [0, 0.001, 0.2, 0.5, 0.9, 0.999]) {
      await writeFile(path, whole.subarray(0, Math.floor(whole.length * share)));
      await expect(importDataset(datasets, { path, kind: 'cifar10-python' }), String(share)).rejects.toMatchObject({
        code: 'data/invalid-archive',
      });
    }
    const plain = tarOf(good);
    await writeFile(path, plain.subarray(0, Math.floor(plain.length / 2)));
    await expect(importDataset(datasets, { path, kind: 'cifar10-python' })).rejects.toThrow(
      /cannot be unpacked|has no/,
    );
    expect(await stored()).toEqual([]);
  });

  it('is refused where it unpacks to far more than CIFAR', async () => {
    const zeros = Buffer.alloc(220 * 2 ** 20);
    const entries = [1, 2, 3].map((file) => ({ path: `x/other_${String(file)}`, content: zeros }));
    const path = await archive(entries);
    await expect(importDataset(datasets, { path, kind: 'cifar10-python' })).rejects.toMatchObject({
      code: 'data/archive-too-large',
    });
  });

  it('is named where its form is not known', async () => {
    const path = await archive([{ path: 'letter.txt', content: 'hello' }]);
    await expect(importDataset(datasets, { path })).rejects.toMatchObject({ code: 'data/unknown-kind' });
    await expect(importDataset(datasets, { path: join(folder, 'nothing') })).rejects.toMatchObject({
      code: 'data/missing-file',
    });
  });
});
