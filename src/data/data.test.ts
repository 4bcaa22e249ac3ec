import { mkdtemp, cp, writeFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { averagePool } from './average-pool.ts';
import { readIdx } from './idx.ts';
import { openDataset } from './open-dataset.ts';

const resources = join(import.meta.dirname, '..', '..', 'resources');
const idx = (shape: number[], data: number[], type = 8): Uint8Array => {
  const header = shape.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...header, ...data]);
};

describe('IDX reader', () => {
  it('reads shape and bytes, plain or gzipped', () => {
    const bytes = idx([2, 1, 2], [1, 2, 3, 4]);
    for (const file of [bytes, gzipSync(bytes)]) {
      const array = readIdx(file, 'x');
      expect(array.shape).toEqual([2, 1, 2]);
      expect([...array.data]).toEqual([1, 2, 3, 4]);
    }
  });

  it.each([
    ['empty', new Uint8Array(0), /too few/],
    ['no magic', Uint8Array.from([1, 0, 8, 1, 0, 0, 0, 0]), /two zero bytes/],
    ['floats', idx([1], [0, 0, 0, 0], 0x0d), /type 0x0d/],
    ['no axis', Uint8Array.from([0, 0, 8, 0]), /no axis/],
    ['cut header', Uint8Array.from([0, 0, 8, 3, 0, 0]), /cut off/],
    ['cut data', idx([3], [1, 2]), /needs 3 bytes of data, 2 are there/],
    ['too much data', idx([1], [1, 2]), /needs 1 bytes of data, 2 are there/],
    ['forged size', idx([0xffffffff, 0xffffffff], []), /needs/],
    ['cut gzip', gzipSync(idx([4], [1, 2, 3, 4])).subarray(0, 14), /gzip/],
  ])('refuses %s, naming file and problem', (_, bytes, problem) => {
    expect(() => readIdx(bytes, 'images.gz')).toThrow(problem);
    expect(() => readIdx(bytes, 'images.gz')).toThrow(/images\.gz/);
  });
});

describe('average pooling', () => {
  it('averages equal blocks', () => {
    const target = new Float32Array(1);
    averagePool({ values: [1, 2, 3, 6], offset: 0, height: 2, width: 2 }, 1, target, 0);
    expect(target[0]).toBe(3);
  });

  it('lets cells overlap where the side does not divide, as adaptive pooling does: 3 to 2', () => {
    const target = new Float32Array(4);
    averagePool({ values: [1, 2, 3, 4, 5, 6, 7, 8, 9], offset: 0, height: 3, width: 3 }, 2, target, 0);
    // Rows 0-1 and 1-2, columns 0-1 and 1-2.
    expect([...target]).toEqual([3, 4, 6, 7]);
  });
});

describe('the embedded Fashion-MNIST subset', () => {
  it('opens with the first images for training and the test file for validation', async () => {
    const data = await openDataset({ id: 'fashion-mnist-small', trainSize: 500, resize: 14 }, { resources });
    expect([data.train.size, data.validation.size, data.train.classes]).toEqual([500, 2000, 10]);
    expect(data.train.inputShape).toEqual([1, 14, 14]);
    const { labels } = data.validation.read(Uint32Array.from({ length: 2000 }, (_, index) => index));
    const counts = Array.from({ length: 10 }, (_, label) => labels.filter((other) => other === label).length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([188, 219]);
  });

  it('normalises with the mean and deviation of the training images used, before resizing', async () => {
    const data = await openDataset({ id: 'fashion-mnist-small', trainSize: 300 }, { resources });
    const { images } = data.train.read(Uint32Array.from({ length: 300 }, (_, index) => index));
    const mean = images.reduce((sum, value) => sum + value, 0) / images.length;
    const square = images.reduce((sum, value) => sum + value * value, 0) / images.length;
    expect(mean).toBeCloseTo(0, 4);
    expect(square).toBeCloseTo(1, 4);
  });

  it('serves images in the order asked for', async () => {
    const { train } = await openDataset({ id: 'fashion-mnist-small', trainSize: 10, resize: 7 }, { resources });
    const forward = train.read(Uint32Array.from([3, 7]));
    const [third, seventh] = [forward.images.slice(0, 49), forward.images.slice(49)];
    const backward = train.read(Uint32Array.from([7, 3]));
    expect(backward.images.slice(49)).toEqual(third);
    expect(backward.images.slice(0, 49)).toEqual(seventh);
  });

  it.each([
    [{ id: 'cifar10' }, 'data/unknown-dataset'],
    [{ id: '../secrets' }, 'data/unknown-dataset'],
    [{ id: 'fashion-mnist-small', split: 'clean' as const }, 'data/no-such-split'],
    [{ id: 'fashion-mnist-small', trainSize: 6001 }, 'data/train-size-too-large'],
    [{ id: 'fashion-mnist-small', resize: 29 }, 'data/resize-too-large'],
  ])('refuses %o with %s', async (spec, code) => {
    await expect(openDataset(spec, { resources })).rejects.toMatchObject({ code });
  });

  it('refuses a file that is missing or not the published one', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'microbatch-data-'));
    await cp(join(resources, 'datasets'), join(copy, 'datasets'), { recursive: true });
    const labels = join(copy, 'datasets', 'fashion-mnist-small', 't10k-labels-idx1-ubyte.gz');
    await writeFile(labels, gzipSync(idx([1], [1])));
    const open = () => openDataset({ id: 'fashion-mnist-small' }, { resources: copy });
    await expect(open()).rejects.toMatchObject({ code: 'data/wrong-checksum' });
    await rm(labels);
    await expect(open()).rejects.toMatchObject({ code: 'data/missing-file' });
    await rm(copy, { recursive: true });
  });
});
