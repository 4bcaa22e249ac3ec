import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MicrobatchError } from '../../contracts/errors.ts';
import { importDataset } from '../import-dataset.ts';
import { readIdxSet } from './idx-set.ts';
import type { SourceSet } from './source-set.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-idx-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An array of bytes: two zeros, the type, the number of axes, their sizes, the bytes. */
function idx(shape: readonly number[], bytes: readonly number[], type = 8): Buffer {
  const sizes = shape.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
  return Buffer.from([0, 0, type, shape.length, ...sizes, ...bytes]);
}

/** Writes the pair of files of a part: `labels.length` images of 2 rows and 3 columns, all pixels of one its number. */
async function writePart(part: string, labels: readonly number[], { prefix = '', into = folder } = {}): Promise<void> {
  const pixels = labels.flatMap((_, image) => Array.from({ length: 6 }, () => image));
  await writeFile(join(into, `${prefix}${part}-images-idx3-ubyte`), idx([labels.length, 2, 3], pixels));
  await writeFile(join(into, `${prefix}${part}-labels-idx1-ubyte.gz`), gzipSync(idx([labels.length], labels)));
}

async function partsOf({ parts }: SourceSet): Promise<Record<string, { pixels: number[]; labels: number[] }>> {
  const found: Record<string, { pixels: number[]; labels: number[] }> = {};
  for (const [name, chunks] of parts) {
    for await (const { pixels, labels } of chunks) {
      found[name] = { pixels: [...pixels], labels: Array.from(labels) };
    }
  }
  return found;
}

describe('IDX files', () => {
  it('are read with both parts, plain or gzipped, classes from zero to the greatest label', async () => {
    await writePart('train', [0, 4, 2]);
    await writePart('t10k', [1]);
    const set = await readIdxSet(folder);
    expect(set).toMatchObject({ kind: 'idx', classes: ['0', '1', '2', '3', '4'], imageShape: [1, 2, 3], left: [] });
    expect(set.source.map(({ name }) => name)).toEqual([
      'train-images-idx3-ubyte',
      'train-labels-idx1-ubyte.gz',
      't10k-images-idx3-ubyte',
      't10k-labels-idx1-ubyte.gz',
    ]);
    expect(await partsOf(set)).toEqual({
      train: { pixels: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2], labels: [0, 4, 2] },
      test: { pixels: [0, 0, 0, 0, 0, 0], labels: [1] },
    });
  });

  it('may lie in a folder of the folder, and may have no test part', async () => {
    const inner = join(folder, 'raw');
    await mkdir(inner);
    await writePart('train', [1, 0], { into: inner });
    expect(Object.keys(await partsOf(await readIdxSet(folder)))).toEqual(['train']);
  });

  it('of EMNIST are told apart by what stands before their part', async () => {
    await writePart('train', [0], { prefix: 'emnist-letters-' });
    await writePart('test', [0], { prefix: 'emnist-letters-' });
    await writePart('train', [0, 1, 2], { prefix: 'emnist-digits-' });
    await expect(readIdxSet(folder)).rejects.toMatchObject({ code: 'data/several-sets' });
    const named = await readIdxSet(join(folder, 'emnist-letters-train-images-idx3-ubyte'));
    expect(Object.keys(await partsOf(named))).toEqual(['train', 'test']);
    expect(named.classes).toEqual(['0']);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['labels are missing', 'data/missing-file', () => rm(join(folder, 'train-labels-idx1-ubyte.gz'))],
    [
      'there are more labels than images',
      'data/wrong-shape',
      () => write('train-labels-idx1-ubyte.gz', idx([4], [0, 1, 0, 1])),
    ],
    [
      'images of the parts differ in size',
      'data/wrong-shape',
      () => write('t10k-images-idx3-ubyte', idx([1, 3, 2], [0, 0, 0, 0, 0, 0])),
    ],
    [
      'a file has fewer bytes than its header says',
      'data/invalid-idx',
      () => write('train-images-idx3-ubyte', idx([3, 2, 3], [1, 2])),
    ],
    [
      'a header claims more than any memory holds',
      'data/invalid-idx',
      () => write('train-images-idx3-ubyte', idx([0x7fffffff, 0x7fffffff, 3], [1, 2])),
    ],
    [
      'the numbers are no bytes',
      'data/invalid-idx',
      () => write('train-images-idx3-ubyte', idx([1, 1, 1], [0, 0, 0, 0], 0x0d)),
    ],
    ['there is no image', 'data/wrong-shape', () => write('train-images-idx3-ubyte', idx([0, 2, 3], []))],
    [
      'a gzip stream is cut off',
      'data/invalid-idx',
      () => write('train-labels-idx1-ubyte.gz', gzipSync(idx([3], [0, 1, 0])).subarray(0, 20)),
    ],
    ['a file is a link to a device without end', 'data/missing-file', () => replaceByDevice('train-images-idx3-ubyte')],
  ])('are refused where %s', async (_, code, damage) => {
    await writePart('train', [0, 1, 0]);
    await writePart('t10k', [1]);
    await damage();
    await expect(readIdxSet(folder)).rejects.toMatchObject({ code });
  });
});

describe('a path that is no file on a disk', () => {
  it.skipIf(process.platform === 'win32')('is refused at once, whatever form it is said to have', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const kinds = [undefined, 'cifar10-binary', 'cifar100-python', 'npz', 'idx', 'class-folders'] as const;
    for (const path of [pipe, '/dev/zero', join(folder, 'nothing')]) {
      for (const kind of kinds) {
        const refusal: unknown = await importDataset(join(folder, 'sets'), { path, kind, id: 'mine' }).catch(
          (error: unknown) => error,
        );
        const code = refusal instanceof MicrobatchError ? refusal.code : refusal;
        expect(['data/missing-file', 'data/no-class-folders'], `${path} as ${String(kind)}`).toContain(code);
      }
    }
  });
});

const write = (name: string, bytes: Uint8Array): Promise<void> => writeFile(join(folder, name), bytes);

async function replaceByDevice(name: string): Promise<void> {
  await rm(join(folder, name));
  await symlink('/dev/zero', join(folder, name));
}
