import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser } from 'tar';
import type { ReadEntry } from 'tar';
import { MicrobatchError } from '../../contracts/errors.ts';
import { isFolder, readPlainFile, sizeOfPlainFile } from './plain-file.ts';

/** What was read of a source, for the record of where a set came from. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly md5: string;
}

export interface NamedFiles {
  /** The wanted files that were there, by base name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The archive itself, or else the files that were read. */
  readonly source: readonly SourceFile[];
}

/** Greatest file of a known archive is 154 MB, greatest archive 185 MB unpacked; more is an attack or another thing. */
const largestFile = 256 * 2 ** 20;
const largestTotal = 640 * 2 ** 20;

/**
 * Reads the wanted files of a tar archive (gzipped or plain) or of a folder, or of the one folder in it, into memory.
 * Nothing of an archive is written anywhere; one that holds links or paths that lead out of it is refused.
 * Throws `data/missing-file`, `data/invalid-archive`, `data/archive-refused`, `data/archive-too-large`.
 */
export async function readNamedFiles(path: string, wanted: (name: string) => boolean): Promise<NamedFiles> {
  return (await isFolder(path)) ? readFolder(path, wanted) : readArchive(path, wanted);
}

async function readFolder(path: string, wanted: (name: string) => boolean): Promise<NamedFiles> {
  const entries = await readdir(path, { withFileTypes: true });
  const here = entries.filter((entry) => !entry.isDirectory() && wanted(entry.name)).map(({ name }) => name);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (here.length === 0) {
    const inner = folders.length === 1 ? folders[0] : undefined;
    return inner === undefined ? { files: new Map(), source: [] } : readFolder(join(path, inner), wanted);
  }
  const files = new Map<string, Uint8Array>();
  const source: SourceFile[] = [];
  for (const name of here.toSorted()) {
    const bytes = await readPlainFile(join(path, name), largestFile, () => tooLarge(join(path, name)));
    files.set(name, bytes);
    source.push({ name, bytes: bytes.length, sha256: digest('sha256', bytes), md5: digest('md5', bytes) });
  }
  return { files, source };
}

async function readArchive(path: string, wanted: (name: string) => boolean): Promise<NamedFiles> {
  const hashes = { sha256: createHash('sha256'), md5: createHash('md5') };
  await sizeOfPlainFile(path);
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hashes.sha256.update(chunk);
      hashes.md5.update(chunk);
      done(null, chunk);
    },
  });
  const files = new Map<string, Uint8Array>();
  const unpacked = unpacking(path, wanted, files);
  const input = createReadStream(path, { highWaterMark: 2 ** 20 });
  try {
    if (await isGzipped(path)) await pipeline(input, counted, createGunzip({ chunkSize: 2 ** 20 }), unpacked);
    else await pipeline(input, counted, unpacked);
  } catch (cause) {
    if (cause instanceof MicrobatchError) throw cause;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw invalidArchive(path, problem, cause);
  }
  const name = basename(path);
  return { files, source: [{ name, bytes, sha256: hashes.sha256.digest('hex'), md5: hashes.md5.digest('hex') }] };
}

/** A stream that takes an unpacked tar archive and keeps its wanted files. */
function unpacking(path: string, wanted: (name: string) => boolean, files: Map<string, Uint8Array>): Transform {
  let problem: MicrobatchError | undefined;
  let total = 0;
  let ended = false;
  const parser = new Parser({
    strict: true,
    // The stream is unpacked already: the parser must not look for compression inside.
    gzip: false,
    onReadEntry: (entry) => {
      problem ??= refusalOf(path, entry);
      const name = basename(entry.path);
      if (problem !== undefined || entry.type === 'Directory' || !wanted(name)) {
        entry.resume();
        return;
      }
      keep(entry, (content) => files.set(name, content));
    },
  });
  parser.on('error', (cause: unknown) => {
    problem ??= invalidArchive(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  parser.on('end', () => {
    ended = true;
  });
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      if (total > largestTotal) problem ??= tooLarge(path);
      if (problem === undefined && !ended) parser.write(chunk);
      done(problem ?? null);
    },
    flush(done) {
      if (!ended) parser.end();
      if (total === 0) problem ??= invalidArchive(path, 'it is empty');
      done(problem ?? null);
    },
  });
}

function keep(entry: ReadEntry, finished: (content: Uint8Array) => void): void {
  const content = Buffer.allocUnsafe(entry.size);
  let filled = 0;
  entry.on('data', (chunk: Uint8Array) => {
    content.set(chunk, filled);
    filled += chunk.length;
  });
  entry.on('end', () => {
    if (filled === entry.size) finished(content);
  });
}

function refusalOf(path: string, entry: ReadEntry): MicrobatchError | undefined {
  const shown = JSON.stringify(entry.path.slice(0, 200));
  const outside = entry.path.startsWith('/') || /^[a-z]:/i.test(entry.path) || entry.path.split(/[\\/]/).includes('..');
  if (outside) return refused(path, `${shown} leads out of the archive`);
  const plainTypes: readonly string[] = ['File', 'OldFile', 'ContiguousFile', 'Directory'];
  if (!plainTypes.includes(entry.type)) return refused(path, `${shown} is a ${entry.type}, neither file nor folder`);
  return entry.size > largestFile ? tooLarge(path) : undefined;
}

async function isGzipped(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 1 })) {
    return Buffer.isBuffer(chunk) && chunk[0] === 0x1f && chunk[1] === 0x8b;
  }
  return false;
}

export function digest(algorithm: 'sha256' | 'md5', bytes: Uint8Array | string): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

function refused(path: string, problem: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/archive-refused',
    message: `${path} is refused: ${problem}`,
    expected: 'an archive of plain files and folders, as it was published',
    remedy: 'fetch the archive again from its source',
  });
}

function tooLarge(path: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/archive-too-large',
    message: `${path} unpacks to more than such a data set can hold`,
    expected: `at most ${String(largestTotal / 2 ** 20)} MB, ${String(largestFile / 2 ** 20)} MB a file`,
  });
}

function invalidArchive(path: string, problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'data/invalid-archive',
      message: `${path} cannot be unpacked: ${problem}`,
      expected: 'an undamaged tar archive, gzipped or plain',
      remedy: 'fetch the archive again from its source',
    },
    cause === undefined ? undefined : { cause },
  );
}
