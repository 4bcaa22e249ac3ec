import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npyOf, zipOf } from './archive-fixture.ts';
import { readNpzSet } from './npz.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-npz-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const labels = npyOf('|u1', [2], Uint8Array.of(1, 0));

async function read(entries: Readonly<Record<string, Uint8Array>>, options = {}) {
  const path = join(folder, 'set.npz');
  await writeFile(path, zipOf(entries, options));
  const set = await readNpzSet(path);
  const chunks = [];
  for await (const { pixels, labels: classes } of set.parts.get('train') ?? []) {
    chunks.push({ pixels: [...pixels], labels: [...Array.from(classes)] });
  }
  return { ...set, train: chunks[0] };
}

const bytes = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);
/** [2, 3, 2, 2] with every element its own row-major index, and the same images with channels last. */
const first = npyOf('|u1', [2, 3, 2, 2], counting(24));
const last = npyOf(
  '|u1',
  [2, 2, 2, 3],
  Uint8Array.from(
    [0, 1].flatMap((n) => [0, 1, 2, 3].flatMap((pixel) => [0, 4, 8].map((plane) => n * 12 + plane + pixel))),
  ),
);

describe('the .npz reader', () => {
  it('reads images with channels first or last to the same set', async () => {
    const one = await read({ 'images.npy': first, 'labels.npy': labels });
    const other = await read({ 'x_train.npy': last, 'y_train.npy': labels });
    expect(one).toMatchObject({ imageShape: [3, 2, 2], elementType: 'uint8', classes: ['0', '1'] });
    expect(one.train).toEqual({ pixels: [...counting(24)], labels: [1, 0] });
    expect(other.imageShape).toEqual([3, 2, 2]);
    expect(other.train).toEqual(one.train);
  });

  it('reads column-major arrays', async () => {
    // Column-major [2, 2, 2]: element (i, j, k) lies at i + 2j + 4k.
    const data = Uint8Array.of(0, 4, 2, 6, 1, 5, 3, 7);
    const { train, imageShape } = await read({ 'x.npy': npyOf('|u1', [2, 2, 2], data, true), 'y.npy': labels });
    expect(imageShape).toEqual([1, 2, 2]);
    expect(train?.pixels).toEqual([...counting(8)]);
  });

  it.each([
    ['<f4', bytes(Float32Array.of(0.5, -1, 2, 0.25))],
    ['>f4', bytes(Float32Array.of(0.5, -1, 2, 0.25)).toReversed()],
    ['<f8', bytes(Float64Array.of(0.5, -1, 2, 0.25))],
    ['<f2', Uint8Array.of(0x00, 0x38, 0x00, 0xbc, 0x00, 0x40, 0x00, 0x34)],
  ])('reads sequences of %s as they are', async (type, data) => {
    const { train, imageShape, elementType } = await read({ 'x.npy': npyOf(type, [2, 2], data), 'y.npy': labels });
    expect({ imageShape, elementType }).toEqual({ imageShape: [1, 1, 2], elementType: 'float32' });
    const expected = [0.5, -1, 2, 0.25];
    expect(train?.pixels).toEqual(type.startsWith('>') ? expected.toReversed() : expected);
  });

  it.each(['<i8', '<u2', '<i4', '|i1'])('reads labels of %s, also as a column', async (type) => {
    const data = Buffer.alloc(2 * Number(type.at(-1)));
    data[0] = 3;
    const set = await read({ 'x.npy': npyOf('|u1', [2, 2], counting(4)), 'y.npy': npyOf(type, [2, 1], data) });
    expect(set.train?.labels).toEqual([3, 0]);
  });

  it('reads archives of the large kind (zip64)', async () => {
    const { train } = await read({ 'images.npy': first, 'labels.npy': labels }, { zip64: true });
    expect(train?.pixels).toEqual([...counting(24)]);
  });

  it.each([
    ['an object array', npyOf('|O', [2], Buffer.from('\x80\x02cos\nsystem\n', 'latin1')), 'data/npy-object-array'],
    ['text', npyOf('<U4', [2, 2], new Uint8Array(64)), 'data/npy-type-not-read'],
    ['a shape that its data does not fill', npyOf('|u1', [2, 9], counting(4)), 'data/invalid-npy'],
    ['five axes', npyOf('|u1', [2, 1, 1, 1, 2], counting(4)), 'data/wrong-shape'],
    ['two channels', npyOf('|u1', [2, 2, 4, 4], counting(64)), 'data/wrong-shape'],
    ['channels that could be first or last', npyOf('|u1', [2, 3, 2, 3], counting(36)), 'data/ambiguous-layout'],
    ['no image', npyOf('|u1', [0, 2, 2], new Uint8Array(0)), 'data/wrong-shape'],
    ['no array at all', Buffer.from('hello, this is no array'), 'data/invalid-npy'],
    ['a cut header', first.subarray(0, 40), 'data/invalid-npy'],
  ])('refuses %s', async (_, images, code) => {
    await expect(read({ 'x.npy': images, 'y.npy': labels })).rejects.toMatchObject({ code });
  });

  it('refuses missing arrays, too few labels and labels that are no classes', async () => {
    await expect(read({ 'a.npy': first })).rejects.toMatchObject({ code: 'data/missing-array' });
    const three = npyOf('|u1', [3], counting(3));
    await expect(read({ 'x.npy': first, 'y.npy': three })).rejects.toMatchObject({ code: 'data/wrong-shape' });
    const half = npyOf('<f4', [2], bytes(Float32Array.of(0.5, 1)));
    await expect(read({ 'x.npy': first, 'y.npy': half })).rejects.toMatchObject({ code: 'data/label-out-of-range' });
  });

  it('refuses a damaged archive', async () => {
    const path = join(folder, 'cut.npz');
    await writeFile(path, zipOf({ 'x.npy': first, 'y.npy': labels }).subarray(0, 200));
    await expect(readNpzSet(path)).rejects.toMatchObject({ code: 'data/invalid-npz' });
  });
});
