import { chmodSync, createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { MicrobatchError } from '../../contracts/errors.ts';
import { writeProblem } from '../../contracts/write-problem.ts';

/** Where a file of a wheel goes, relative to the target; undefined = it is not needed. */
export type Placement = (file: string) => string | undefined;

/**
 * Unpacks those files of a wheel (a zip) that have a place, with their executable bits. `report` hears how much of the
 * wheel has been passed, from 0 to 1. Throws `runtime/bad-wheel` for a file that is no zip or ends early, the errors of
 * `writeProblem` where the disk refuses, and the reason of the signal.
 */
export async function unpackWheel(
  wheel: string,
  target: string,
  place: Placement,
  { report, signal }: { readonly report: (fraction: number) => void; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  try {
    const zip = await yauzl.openPromise(wheel, { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        signal?.throwIfAborted();
        const placed = entry.fileName.endsWith('/') ? undefined : place(entry.fileName);
        if (placed === undefined) continue;
        const passed = (written: number): void => {
          const share = entry.uncompressedSize === 0 ? 0 : written / entry.uncompressedSize;
          report((entry.relativeOffsetOfLocalHeader + share * entry.compressedSize) / zip.fileSize);
        };
        await writeEntry(zip, entry, join(target, placed), { report: passed, signal });
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && 'syscall' in error) throw writeProblem('runtime', target, error);
    throw new MicrobatchError(
      {
        code: 'runtime/bad-wheel',
        message: `${wheel} could not be unpacked: ${error instanceof Error ? error.message : String(error)}`,
        remedy: 'fetch it again',
      },
      { cause: error },
    );
  }
}

async function writeEntry(
  zip: ZipFile,
  entry: Entry,
  path: string,
  { report, signal }: { readonly report: (written: number) => void; readonly signal: AbortSignal | undefined },
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  let written = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      report(written);
      done(null, chunk);
    },
  });
  await pipeline(await zip.openReadStreamPromise(entry), counter, createWriteStream(path), { signal });
  const executable = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0;
  if (executable) chmodSync(path, 0o755);
}
