import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Parser } from 'tar';
import type { DatasetKind } from '../contracts/datasets.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { isFolder, sizeOfPlainFile } from './readers/plain-file.ts';

/** Names of files that tell a form of CIFAR. */
const decisiveNames: readonly (readonly [RegExp, DatasetKind])[] = [
  [/^(data_batch_\d|test_batch|batches\.meta)$/, 'cifar10-python'],
  [/^(data_batch_\d\.bin|test_batch\.bin|batches\.meta\.txt)$/, 'cifar10-binary'],
  [/^(train\.bin|test\.bin|(fine|coarse)_label_names\.txt)$/, 'cifar100-binary'],
  [/^(train|test|meta)$/, 'cifar100-python'],
];
const idxName = /-(images-idx\d|labels-idx1)-ubyte(\.gz)?$/;

/**
 * What form of a data set lies at a path, by names and first bytes. Throws `data/missing-file`, and
 * `data/unknown-kind` where nothing is recognised.
 */
export async function detectKind(path: string): Promise<DatasetKind> {
  const kind = (await isFolder(path)) ? await kindOfFolder(path) : await kindOfFile(path);
  if (kind !== undefined) return kind;
  throw new MicrobatchError({
    code: 'data/unknown-kind',
    message: `${path} is no data set of a form that is known here`,
    expected:
      'an archive or folder of CIFAR-10 or CIFAR-100 (binary or python), a folder of IDX files, an .npz file, or a folder of class folders with PNG or JPEG images',
    remedy: 'name its form with --kind',
  });
}

async function kindOfFolder(path: string): Promise<DatasetKind | undefined> {
  const entries = await readdir(path, { withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const byName = files.map(kindOfName).find((kind) => kind !== undefined);
  if (byName !== undefined) return byName;
  if (files.some((name) => idxName.test(name))) return 'idx';
  const [only] = folders;
  if (only !== undefined && folders.length === 1) {
    const inside = await kindOfFolder(join(path, only));
    if (inside !== undefined) return inside;
  }
  return folders.length > 0 ? 'class-folders' : undefined;
}

function kindOfName(name: string): DatasetKind | undefined {
  return decisiveNames.find(([pattern]) => pattern.test(name))?.[1];
}

async function kindOfFile(path: string): Promise<DatasetKind | undefined> {
  await sizeOfPlainFile(path);
  if (idxName.test(basename(path))) return 'idx';
  const start = await firstBytes(path, 4);
  if (start[0] === 0x50 && start[1] === 0x4b) return 'npz';
  return kindOfArchive(path, start[0] === 0x1f && start[1] === 0x8b);
}

async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Reads an archive as far as its first name that decides. */
async function kindOfArchive(path: string, gzipped: boolean): Promise<DatasetKind | undefined> {
  let kind: DatasetKind | undefined;
  const enough = new AbortController();
  const parser = new Parser({
    gzip: false,
    onReadEntry: (entry) => {
      if (entry.type !== 'Directory') kind ??= kindOfName(basename(entry.path));
      entry.resume();
    },
  });
  const names = new Writable({
    write(chunk: Buffer, _encoding, done) {
      parser.write(chunk);
      if (kind !== undefined) enough.abort();
      done();
    },
  });
  const steps = gzipped ? [createGunzip()] : [];
  await pipeline([createReadStream(path), ...steps, names], { signal: enough.signal }).catch(() => {
    // Cut short where the kind is known. Where the archive is damaged, what was read of it decides, and its reader complains.
  });
  return kind;
}
