import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { RawImages } from '../raw-images.ts';
import { digest } from '../readers/named-files.ts';
import type { PartName } from '../readers/source-set.ts';
import type { DatasetManifest, StoredFile } from './manifest.ts';

/** A part of a stored set, if it has it. Throws `data/missing-file`, `data/wrong-checksum`: nothing unverified is used. */
export async function readPart(datasets: string, set: DatasetManifest, name: PartName): Promise<RawImages | undefined> {
  const part = set.parts[name];
  if (part === undefined) return undefined;
  const [images, labels] = await Promise.all([
    readVerified(datasets, set.id, part.images),
    readVerified(datasets, set.id, part.labels),
  ]);
  const bytes = set.elementType === 'uint8';
  return {
    count: part.count,
    shape: set.imageShape,
    pixels: bytes ? images : new Float32Array(aligned(images)),
    scale: bytes ? 255 : 1,
    labels: new Int32Array(aligned(labels)),
  };
}

async function readVerified(datasets: string, id: string, file: StoredFile): Promise<Uint8Array> {
  const path = join(datasets, id, file.name);
  const remedy = `remove ${id} and add it again`;
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new MicrobatchError({ code: 'data/missing-file', message: `${path} cannot be read`, remedy }, { cause });
  });
  const found = digest('sha256', bytes);
  if (found === file.sha256) return bytes;
  throw new MicrobatchError({
    code: 'data/wrong-checksum',
    message: `${path} is not what was stored: its SHA-256 is ${found}`,
    expected: file.sha256,
    remedy,
  });
}

/** The bytes in a buffer of their own, where every element type is aligned. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
