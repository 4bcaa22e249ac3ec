import { createHash, randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { ExportedFile } from '../../contracts/exports.ts';
import { syncFolder } from '../atomic-file.ts';
import { writeError } from '../write-error.ts';

export interface NewFileOptions {
  /** Whether to replace what is there. */
  readonly force: boolean;
  /** Gives the writing up when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes as they are written. */
  readonly wrote?: (bytes: number) => void;
}

/**
 * Writes a file outside the library from its parts, in order: it is there wholly or not at all, whenever the writer
 * dies. A file that is there already stays, unless `force`. Throws `export/exists`, `library/...` where the disk refuses.
 */
export async function writeNewFile(
  path: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { force, signal, wrote }: NewFileOptions,
): Promise<ExportedFile> {
  await requireFree(path, force);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await open(temporary, 'wx');
    try {
      for await (const part of parts) {
        signal?.throwIfAborted();
        hash.update(part);
        bytes += part.length;
        await file.writeFile(part);
        wrote?.(part.length);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await putInPlace(temporary, path, force);
  } catch (cause) {
    throw writeError(path, cause);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

/** Throws `export/exists` where something is there that may not be replaced. */
export async function requireFree(path: string, force: boolean): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || (force && found.isFile())) return;
  throw new MicrobatchError({
    code: 'export/exists',
    message: `${path} is there already`,
    expected: found.isFile() ? 'a path where nothing is' : 'a path where no folder is',
    remedy: found.isFile() ? 'name another, or replace it with --force' : 'name a file',
  });
}

/** Gives a file that is whole its name, durably. Where that fails nothing has the name. */
export async function putInPlace(temporary: string, path: string, force: boolean): Promise<void> {
  await giveName(temporary, path, force);
  await syncFolder(dirname(path)).catch(async (cause: unknown) => {
    await rm(path, { force: true });
    throw cause;
  });
}

/** A hard link is made only where nothing has the name; a disk without hard links takes a rename, looked at just before. */
async function giveName(temporary: string, path: string, force: boolean): Promise<void> {
  if (!force) {
    try {
      await link(temporary, path);
      return;
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') throw cause;
      await requireFree(path, false);
    }
  }
  await rename(temporary, path);
}
