import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { SourceFile } from './named-files.ts';
import { readNpy } from './npy.ts';
import type { NpyArray } from './npy.ts';
import { sizeOfPlainFile } from './plain-file.ts';
import type { Examples, PartName, SourceSet } from './source-set.ts';

/** Names of the arrays, as the common writers of such files choose them. */
const arrayNames: Readonly<Record<PartName, readonly (readonly [images: string, labels: string])[]>> = {
  train: [
    ['x_train', 'y_train'],
    ['train_images', 'train_labels'],
    ['X_train', 'y_train'],
    ['images', 'labels'],
    ['x', 'y'],
    ['X', 'y'],
    ['data', 'labels'],
  ],
  test: [
    ['x_test', 'y_test'],
    ['test_images', 'test_labels'],
    ['X_test', 'y_test'],
  ],
};

/** Greatest array in memory; what claims more is refused before it is unpacked. */
const largestArray = 4 * 2 ** 30;

/**
 * Reads images and labels of a NumPy .npz file: [n, C, H, W] or [n, H, W, C] with 1 or 3 channels, [n, H, W] or, as
 * sequences, [n, F]; bytes stay bytes, other numbers become float32 as they are. Throws `data/invalid-npz`,
 * `data/missing-array`, `data/wrong-shape`, `data/ambiguous-layout` and the errors of `readNpy`.
 */
export async function readNpzSet(path: string): Promise<SourceSet> {
  await sizeOfPlainFile(path);
  const wanted = new Set(Object.values(arrayNames).flat(2));
  const arrays = await readArrays(path, wanted);
  const parts = new Map<PartName, Examples[]>();
  let shape: readonly [number, number, number] | undefined;
  let greatest = 0;
  let bytes = true;
  for (const part of ['train', 'test'] as const) {
    const names = arrayNames[part].find(([images, labels]) => arrays.has(images) && arrays.has(labels));
    const [images, labels] = [arrays.get(names?.[0] ?? ''), arrays.get(names?.[1] ?? '')];
    if (names === undefined || images === undefined || labels === undefined) {
      if (part === 'test') continue;
      throw new MicrobatchError({
        code: 'data/missing-array',
        message: `${path} holds ${[...arrays.keys()].join(', ') || 'no array of a known name'}`,
        expected: `images and labels as ${arrayNames.train.map((pair) => pair.join(' and ')).join(', ')}`,
      });
    }
    const layout = layoutOf(images, names[0]);
    if (shape !== undefined && shape.join() !== layout.shape.join()) {
      throw wrongShape(names[0], images.shape, 'images of one size in both parts');
    }
    shape = layout.shape;
    bytes &&= images.type === 'u1';
    const classes = readLabels(labels, layout.count, names[1]);
    greatest = classes.reduce((most, label) => Math.max(most, label), greatest);
    parts.set(part, [{ pixels: gather(images, layout), labels: classes }]);
  }
  return {
    kind: 'npz',
    classes: Array.from({ length: greatest + 1 }, (_, label) => String(label)),
    imageShape: shape ?? [1, 1, 1],
    elementType: bytes ? 'uint8' : 'float32',
    parts: bytes ? parts : asFloats(parts),
    left: [],
    source: [await sourceOf(path)],
  };
}

/** Where [n, C, H, W] lies in an array: sizes, and the elements between neighbours along each. */
interface Layout {
  readonly count: number;
  readonly shape: readonly [number, number, number];
  readonly strides: readonly [number, number, number, number];
}

function layoutOf({ shape, columnMajor }: NpyArray, name: string): Layout {
  const expected = '[n, C, H, W] or [n, H, W, C] with 1 or 3 channels, [n, H, W] or [n, F]';
  const strides = stridesOf(shape, columnMajor);
  const along = (axis: number): number => strides[axis] ?? 0;
  const [count = 0, first = 0, second = 1, third = 1] = shape;
  if (count === 0 || shape.includes(0)) throw wrongShape(name, shape, expected);
  if (shape.length === 2) return { count, shape: [1, 1, first], strides: [along(0), 0, 0, along(1)] };
  if (shape.length === 3) return { count, shape: [1, first, second], strides: [along(0), 0, along(1), along(2)] };
  if (shape.length !== 4) throw wrongShape(name, shape, expected);
  const channelsFirst = first === 1 || first === 3;
  const channelsLast = third === 1 || third === 3;
  if (channelsFirst && channelsLast) {
    throw new MicrobatchError({
      code: 'data/ambiguous-layout',
      message: `${name} of shape [${shape.join(', ')}] could have its channels first or last`,
      expected,
      remedy: 'leave the axis of a single channel out, or save the images with another layout',
    });
  }
  if (channelsFirst) {
    return { count, shape: [first, second, third], strides: [along(0), along(1), along(2), along(3)] };
  }
  if (channelsLast) return { count, shape: [third, first, second], strides: [along(0), along(3), along(1), along(2)] };
  throw wrongShape(name, shape, expected);
}

function stridesOf(shape: readonly number[], columnMajor: boolean): number[] {
  const strides = shape.map(() => 1);
  const axes = [...shape.keys()];
  let stride = 1;
  for (const axis of columnMajor ? axes : axes.toReversed()) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}

/** The elements as [n, C, H, W], row-major. */
function gather(array: NpyArray, { count, shape, strides }: Layout): Uint8Array | Float32Array {
  const [channels, height, width] = shape;
  const length = count * channels * height * width;
  const target = array.type === 'u1' ? new Uint8Array(length) : new Float32Array(length);
  let at = 0;
  for (let image = 0; image < count; image += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      for (let row = 0; row < height; row += 1) {
        let from = image * strides[0] + channel * strides[1] + row * strides[2];
        for (let column = 0; column < width; column += 1) {
          target[at] = array.at(from);
          at += 1;
          from += strides[3];
        }
      }
    }
  }
  return target;
}

function readLabels(array: NpyArray, count: number, name: string): Int32Array {
  const elements = array.shape.reduce((product, side) => product * side, 1);
  const [length, second = 1, ...more] = array.shape;
  if (length !== count || second !== 1 || more.length > 0 || elements !== count) {
    throw wrongShape(name, array.shape, `[${String(count)}] or [${String(count)}, 1], a class for each image`);
  }
  return Int32Array.from({ length: count }, (_, index) => {
    const label = array.at(index);
    if (Number.isInteger(label) && label >= 0 && label < 100_000) return label;
    throw new MicrobatchError({
      code: 'data/label-out-of-range',
      message: `image ${String(index)} is labelled ${String(label)} in ${name}`,
      expected: 'a whole number from 0',
    });
  });
}

function asFloats(parts: ReadonlyMap<PartName, Examples[]>): ReadonlyMap<PartName, Examples[]> {
  return new Map(
    [...parts].map(([name, chunks]) => [
      name,
      chunks.map(({ pixels, labels }) => ({ pixels: Float32Array.from(pixels), labels })),
    ]),
  );
}

/** The wanted arrays of a .npz file, which is a zip, perhaps of the large kind. */
async function readArrays(path: string, wanted: ReadonlySet<string>): Promise<Map<string, NpyArray>> {
  const arrays = new Map<string, NpyArray>();
  try {
    const zip = await yauzl.openPromise(path, { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        const name = entry.fileName.replace(/\.npy$/, '');
        if (wanted.has(name)) arrays.set(name, readNpy(await unpack(zip, entry), name));
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (cause instanceof MicrobatchError) throw cause;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new MicrobatchError(
      {
        code: 'data/invalid-npz',
        message: `${path} cannot be unpacked: ${problem}`,
        expected: 'an undamaged .npz file, as numpy.savez writes it',
      },
      { cause },
    );
  }
  return arrays;
}

async function unpack(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  const size = entry.uncompressedSize;
  if (size > largestArray) {
    throw new MicrobatchError({
      code: 'data/archive-too-large',
      message: `${entry.fileName} unpacks to ${String(size)} bytes`,
      expected: `at most ${String(largestArray)} bytes an array`,
    });
  }
  // Grows with what really comes: a claim alone fills no memory.
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function sourceOf(path: string): Promise<SourceFile> {
  const hashes = { sha256: createHash('sha256'), md5: createHash('md5') };
  for await (const chunk of createReadStream(path)) {
    if (!Buffer.isBuffer(chunk)) continue;
    hashes.sha256.update(chunk);
    hashes.md5.update(chunk);
  }
  return {
    name: basename(path),
    bytes: await sizeOfPlainFile(path),
    sha256: hashes.sha256.digest('hex'),
    md5: hashes.md5.digest('hex'),
  };
}

function wrongShape(name: string, shape: readonly number[], expected: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/wrong-shape',
    message: `${name} has the shape [${shape.join(', ')}]`,
    expected,
  });
}
