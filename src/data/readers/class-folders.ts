import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import { RandomStream } from '../../engine/training/random.ts';
import { decodeImage, LeftOutError, readImageFile, readImageHeader } from './decode-image.ts';
import type { ImageHeader } from './decode-image.ts';
import { isFolder } from './plain-file.ts';
import type { Examples, LeftOut, PartName, SourceSet } from './source-set.ts';

interface ImageFile {
  /** Path below the folder of the set. */
  readonly name: string;
  readonly label: number;
}

interface Examined extends ImageFile {
  readonly header: ImageHeader;
}

/** Folders of parts, by the names that they usually have. */
const partFolders: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train', 'training'],
  test: ['test', 'testing', 'val', 'validation'],
};
/** Images decoded side by side. */
const atOnce = 8;
/** Images of one chunk of a part. */
const chunkSize = 256;

/**
 * Reads class folders, either at once or in train/ and test/ (or val/): every file in a class folder is an image of that
 * class. Images have the size that most have; others, and what cannot be decoded, are left out by name. They are stored in
 * a fixed random order, so that the first of them are a fair sample. Throws `data/no-class-folders`, `data/no-images`.
 */
export async function readClassFolders(path: string): Promise<SourceSet> {
  const folders = (await isFolder(path)) ? await foldersOfParts(path) : undefined;
  const classes = folders === undefined ? [] : (await subfolders(folders.train)).toSorted();
  if (folders === undefined || classes.length === 0) {
    throw new MicrobatchError({
      code: 'data/no-class-folders',
      message: `${folders?.train ?? path} has no folder in it`,
      expected: 'a folder for each class, with PNG or JPEG images',
    });
  }
  const left: LeftOut[] = [];
  const fingerprint = createHash('sha256');
  const parts = new Map<PartName, Examined[]>();
  for (const part of ['train', 'test'] as const) {
    const folder = folders[part];
    if (folder === undefined) continue;
    parts.set(part, await examine(folder, shuffled(await listImages(folder, classes), part), left, fingerprint));
  }
  const all = [...parts.values()].flat();
  const size = mostCommonSize(all);
  const channels = all.some(({ header }) => header.colour) ? 3 : 1;
  if (size === undefined) {
    throw new MicrobatchError({
      code: 'data/no-images',
      message: `${path} holds no image that can be decoded; ${String(left.length)} files were tried`,
      expected: 'PNG or JPEG images in class folders',
    });
  }
  return {
    kind: 'class-folders',
    classes,
    imageShape: [channels, size.height, size.width],
    elementType: 'uint8',
    parts: new Map(
      [...parts].map(([part, images]) => [part, decoded(folders[part] ?? path, images, size, channels, left)]),
    ),
    left,
    source: [{ name: 'class folders', bytes: 0, sha256: fingerprint.digest('hex'), md5: '' }],
  };
}

async function foldersOfParts(path: string): Promise<{ readonly train: string; readonly test?: string }> {
  const inside = await subfolders(path);
  const named = (part: PartName): string | undefined =>
    inside.find((name) => partFolders[part].includes(name.toLowerCase()));
  const [train, test] = [named('train'), named('test')];
  const [only] = inside;
  if (train !== undefined)
    return { train: join(path, train), ...(test === undefined ? {} : { test: join(path, test) }) };
  // An unpacked archive often is one folder around everything.
  if (only !== undefined && inside.length === 1 && (await subfolders(join(path, only))).length > 0) {
    return foldersOfParts(join(path, only));
  }
  return { train: path };
}

async function subfolders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
}

async function listImages(folder: string, classes: readonly string[]): Promise<ImageFile[]> {
  const files: ImageFile[] = [];
  for (const [label, name] of classes.entries()) {
    const entries = await readdir(join(folder, name), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      // A link may lead anywhere; what it leads to is not part of the set.
      if (entry.isFile() && !entry.name.startsWith('.')) files.push({ name: join(name, entry.name), label });
    }
  }
  return files;
}

function shuffled(files: readonly ImageFile[], part: PartName): ImageFile[] {
  const order = RandomStream.named(0, `class folders/${part}`).permutation(files.length);
  return Array.from(order, (index) => files[index]).filter((file) => file !== undefined);
}

/** Reads the headers; names what is no image. */
async function examine(
  folder: string,
  files: readonly ImageFile[],
  left: LeftOut[],
  fingerprint: ReturnType<typeof createHash>,
): Promise<Examined[]> {
  const kept: Examined[] = [];
  for (let start = 0; start < files.length; start += atOnce) {
    const tried = await Promise.all(
      files.slice(start, start + atOnce).map(async (file) => {
        const bytes = await readImageFile(join(folder, file.name)).catch(reasonOf);
        if (typeof bytes === 'string') return { file, problem: bytes };
        const header = await readImageHeader(bytes).catch(reasonOf);
        return typeof header === 'string' ? { file, problem: header } : { file, header, bytes };
      }),
    );
    for (const { file, problem, header, bytes } of tried) {
      if (header === undefined) left.push({ file: file.name, code: problem });
      else kept.push({ ...file, header });
      if (bytes !== undefined) fingerprint.update(bytes);
    }
  }
  return kept;
}

async function* decoded(
  folder: string,
  images: readonly Examined[],
  size: ImageHeader,
  channels: 1 | 3,
  left: LeftOut[],
): AsyncGenerator<Examples> {
  const fitting = images.filter((image) => {
    const fits = image.header.width === size.width && image.header.height === size.height;
    if (!fits) left.push({ file: image.name, code: 'data/other-size' });
    return fits;
  });
  const length = channels * size.width * size.height;
  for (let start = 0; start < fitting.length; start += chunkSize) {
    const chunk = fitting.slice(start, start + chunkSize);
    const pixels = new Uint8Array(chunk.length * length);
    const labels: number[] = [];
    for (let first = 0; first < chunk.length; first += atOnce) {
      const some = chunk.slice(first, first + atOnce);
      const results = await Promise.all(some.map((image) => decodeFile(join(folder, image.name), channels)));
      for (const [index, { name, label }] of some.entries()) {
        const result = results[index] ?? 'data/damaged-image';
        if (typeof result === 'string' || result.length !== length) {
          left.push({ file: name, code: typeof result === 'string' ? result : 'data/other-size' });
        } else {
          pixels.set(result, labels.length * length);
          labels.push(label);
        }
      }
    }
    if (labels.length > 0) yield { pixels: pixels.subarray(0, labels.length * length), labels };
  }
}

async function decodeFile(path: string, channels: 1 | 3): Promise<Uint8Array | string> {
  return readImageFile(path)
    .then((bytes) => decodeImage(bytes, channels))
    .catch(reasonOf);
}

function reasonOf(error: unknown): string {
  if (error instanceof LeftOutError) return error.code;
  throw error;
}

function mostCommonSize(images: readonly Examined[]): ImageHeader | undefined {
  const sizes = new Map<string, { header: ImageHeader; count: number }>();
  for (const { header } of images) {
    const key = `${String(header.width)} ${String(header.height)}`;
    const known = sizes.get(key);
    if (known === undefined) sizes.set(key, { header, count: 1 });
    else known.count += 1;
  }
  return [...sizes.values()].toSorted((a, b) => b.count - a.count)[0]?.header;
}
