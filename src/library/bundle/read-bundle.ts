import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { toErrorShape } from '../../contracts/errors.ts';
import { isSystemError, writeError } from '../write-error.ts';
import { badBundle, largestManifest, manifestName, mostFiles, parseManifest } from './manifest.ts';
import type { BundleManifest } from './manifest.ts';

/**
 * Unpacks a bundle into a new folder, every file with the SHA-256 that the manifest states. A file that is not exactly
 * what `writeBundle` writes (other paths, links, compressed, doubled, overlapping or missing entries, other bytes) is
 * refused as soon as that shows, and nothing of it stays. Memory does not grow with the bundle, disk not beyond its size.
 * Throws `import/bad-bundle`, `library/...`.
 */
export async function unpackBundle(
  bundle: string,
  target: string,
  progress: (fraction: number) => void = () => undefined,
): Promise<BundleManifest> {
  try {
    await mkdir(target);
    const zip = await yauzl.openPromise(bundle, { autoClose: false, strictFileNames: true });
    try {
      return await unpack(zip, bundle, target, progress);
    } finally {
      zip.close();
    }
  } catch (cause) {
    await rm(target, { recursive: true, force: true }).catch(() => undefined);
    if (isSystemError(cause)) throw writeError(target, cause);
    const { code, message } = toErrorShape(cause);
    throw code === 'import/bad-bundle' ? cause : badBundle(bundle, message, cause);
  }
}

/** What a bundle says that it holds; its files are not looked at. Throws `import/bad-bundle`. */
export async function readManifest(bundle: string): Promise<BundleManifest> {
  try {
    const zip = await yauzl.openPromise(bundle, { autoClose: false, strictFileNames: true });
    try {
      for await (const entry of zip.eachEntry()) {
        requirePlain(entry, bundle);
        return parseManifest(await readText(zip, entry, bundle), bundle);
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    const { code, message } = toErrorShape(cause);
    throw code === 'import/bad-bundle' ? cause : badBundle(bundle, message, cause);
  }
  throw badBundle(bundle, 'it is empty');
}

async function unpack(
  zip: ZipFile,
  bundle: string,
  target: string,
  progress: (fraction: number) => void,
): Promise<BundleManifest> {
  if (zip.entryCount > mostFiles + 1) throw badBundle(bundle, `it holds ${String(zip.entryCount)} files`);
  let manifest: BundleManifest | null = null;
  const expected = new Map<string, BundleManifest['files'][number]>();
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    requirePlain(entry, bundle);
    bytes += entry.uncompressedSize;
    // Stored entries can be larger than the file only where they overlap.
    if (bytes > zip.fileSize) throw badBundle(bundle, 'its entries overlap');
    if (manifest === null) {
      manifest = parseManifest(await readText(zip, entry, bundle), bundle);
      for (const file of manifest.files) expected.set(file.path, file);
      if (expected.size < manifest.files.length) throw badBundle(bundle, 'its manifest names a file twice');
      continue;
    }
    const file = expected.get(entry.fileName);
    if (file === undefined) throw badBundle(bundle, `${shown(entry)} is not in its manifest, or there twice`);
    expected.delete(entry.fileName);
    if (file.bytes !== entry.uncompressedSize) throw badBundle(bundle, `${shown(entry)} has another size than stated`);
    const sha256 = await extract(zip, entry, join(target, ...entry.fileName.split('/')));
    if (sha256 !== file.sha256) throw badBundle(bundle, `${shown(entry)} has another SHA-256 than stated`);
    progress(bytes / zip.fileSize);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw badBundle(bundle, `${missing} is missing`);
  if (manifest === null) throw badBundle(bundle, 'it is empty');
  return manifest;
}

/** No links, no folders, nothing compressed or encrypted. */
function requirePlain(entry: Entry, bundle: string): void {
  const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (kind !== 0 && kind !== 0o100000) throw badBundle(bundle, `${shown(entry)} is no plain file`);
  if (entry.isEncrypted()) throw badBundle(bundle, `${shown(entry)} is encrypted`);
  if (entry.compressionMethod !== 0)
    throw badBundle(bundle, `${shown(entry)} is compressed: bundles store files as they are`);
}

async function readText(zip: ZipFile, entry: Entry, bundle: string): Promise<string> {
  if (entry.fileName !== manifestName)
    throw badBundle(bundle, `it begins with ${shown(entry)}, not with ${manifestName}`);
  if (entry.uncompressedSize > largestManifest) throw badBundle(bundle, 'its manifest is too large');
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The manifest has named the path, so it is one of a run's. Returns the SHA-256. */
async function extract(zip: ZipFile, entry: Entry, path: string): Promise<string> {
  const hash = createHash('sha256');
  const hashed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await mkdir(dirname(path), { recursive: true });
  await pipeline(await zip.openReadStreamPromise(entry), hashed, createWriteStream(path, { flags: 'wx', flush: true }));
  return hash.digest('hex');
}

const shown = ({ fileName }: Entry): string => JSON.stringify(fileName.slice(0, 80));
