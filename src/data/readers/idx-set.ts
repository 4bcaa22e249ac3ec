import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import { readIdx } from '../idx.ts';
import type { IdxArray } from '../idx.ts';
import { digest } from './named-files.ts';
import type { SourceFile } from './named-files.ts';
import { isFolder, readPlainFile } from './plain-file.ts';
import type { Examples, PartName, SourceSet } from './source-set.ts';

/** Files of MNIST and its kin; EMNIST puts its name and the name of a choice of classes in front. */
const fileName = /^(?<set>.*?)(?<part>train|t10k|test)-(?<what>images-idx3|labels-idx1)-ubyte(?:\.gz)?$/;

/** The greatest one that is known, EMNIST by class, has 550 MB; a typed array holds no more than this. */
const largestFile = 2 ** 31;

interface IdxFile {
  readonly name: string;
  readonly set: string;
  readonly part: PartName;
  readonly what: 'images' | 'labels';
}

/**
 * Reads the IDX files of a folder, or those that belong to the named file: grey images [1, H, W] of bytes. Classes are
 * the numbers from 0 to the greatest label. Throws `data/missing-file`, `data/several-sets`, `data/invalid-idx`,
 * `data/wrong-shape`.
 */
export async function readIdxSet(path: string): Promise<SourceSet> {
  const inFolder = await isFolder(path);
  const folder = inFolder ? await innermost(path) : dirname(path);
  const all = (await readdir(folder)).flatMap((name) => parseName(name) ?? []);
  const named = inFolder ? undefined : parseName(basename(path))?.set;
  const sets = [...new Set(all.map(({ set }) => set))];
  const set = named ?? sets[0];
  if (set === undefined) throw missing(folder, 'train-images-idx3-ubyte');
  if (named === undefined && sets.length > 1) {
    throw new MicrobatchError({
      code: 'data/several-sets',
      message: `${folder} holds several sets: ${sets.join(', ')}`,
      remedy: 'name the file of training images of one of them',
    });
  }
  const files = all.filter((file) => file.set === set);
  const source: SourceFile[] = [];
  const load = async (part: PartName, what: IdxFile['what']): Promise<IdxArray | undefined> => {
    const file = files.find((each) => each.part === part && each.what === what);
    if (file === undefined) return undefined;
    const bytes = await readPlainFile(join(folder, file.name), largestFile, () => tooLarge(file.name));
    source.push({ name: file.name, bytes: bytes.length, sha256: digest('sha256', bytes), md5: digest('md5', bytes) });
    return readIdx(bytes, file.name);
  };
  const parts = new Map<PartName, Examples[]>();
  let shape: readonly [number, number, number] | undefined;
  for (const part of ['train', 'test'] as const) {
    const images = await load(part, 'images');
    const labels = await load(part, 'labels');
    if (part === 'test' && images === undefined && labels === undefined) continue;
    if (images === undefined) throw missing(folder, `${part} images`);
    if (labels === undefined) throw missing(folder, `${part} labels`);
    const found = shapeOf(images, labels, part);
    if (shape !== undefined && shape.join() !== found.join()) throw wrongShape(part, images.shape, labels.shape);
    shape = found;
    parts.set(part, [{ pixels: images.data, labels: labels.data }]);
  }
  const greatest = [...parts.values()].flat().reduce((most, { labels }) => greatestOf(labels, most), 0);
  return {
    kind: 'idx',
    classes: Array.from({ length: greatest + 1 }, (_, label) => String(label)),
    imageShape: shape ?? [1, 1, 1],
    elementType: 'uint8',
    parts,
    left: [],
    source,
  };
}

/** A folder with nothing but one folder stands for that one. */
async function innermost(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only] = entries.filter((entry) => entry.isDirectory());
  const here = entries.some(({ name }) => parseName(name) !== undefined);
  return here || only === undefined ? folder : innermost(join(folder, only.name));
}

function parseName(name: string): IdxFile | undefined {
  const { set = '', part, what } = fileName.exec(name)?.groups ?? {};
  if (part === undefined || what === undefined) return undefined;
  return { name, set, part: part === 'train' ? 'train' : 'test', what: what === 'images-idx3' ? 'images' : 'labels' };
}

function shapeOf(images: IdxArray, labels: IdxArray, part: string): readonly [number, number, number] {
  const [count = 0, height = 0, width = 0, ...more] = images.shape;
  const [labelled, ...others] = labels.shape;
  const usable = count > 0 && height > 0 && width > 0 && more.length + others.length === 0 && labelled === count;
  if (!usable) throw wrongShape(part, images.shape, labels.shape);
  return [1, height, width];
}

function greatestOf(labels: ArrayLike<number>, most: number): number {
  let greatest = most;
  for (let index = 0; index < labels.length; index += 1) greatest = Math.max(greatest, labels[index] ?? 0);
  return greatest;
}

function wrongShape(part: string, images: readonly number[], labels: readonly number[]): MicrobatchError {
  return new MicrobatchError({
    code: 'data/wrong-shape',
    message: `the ${part} files hold images of shape [${images.join(', ')}] and labels of shape [${labels.join(', ')}]`,
    expected: 'images [n, H, W] of one size in both parts, and labels [n]',
  });
}

function tooLarge(name: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/invalid-idx',
    message: `${name} is larger than an IDX file may be here`,
    expected: `at most ${String(largestFile / 2 ** 20)} MB`,
  });
}

function missing(folder: string, what: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/missing-file',
    message: `${folder} has no ${what}`,
    expected: 'train-images-idx3-ubyte, train-labels-idx1-ubyte and the same for t10k, plain or .gz',
  });
}
