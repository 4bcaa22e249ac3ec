import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { ExportedFile } from '../../contracts/exports.ts';
import { syncFolder } from '../atomic-file.ts';
import { writeError } from '../write-error.ts';
import { writeNewFile } from './new-file.ts';
import type { NewFileOptions } from './new-file.ts';

interface NewFolderOptions extends NewFileOptions {
  /** Whether a file could be of an older export, which `force` may replace; a folder with any other stays. */
  readonly isOurs: (name: string) => boolean;
}

/**
 * Writes a folder outside the library from its files: it is there wholly or not at all. An empty folder that is there
 * becomes it. Throws `export/exists`, `library/...` where the disk refuses.
 */
export async function writeNewFolder(
  path: string,
  files: Iterable<{ readonly name: string; readonly parts: Iterable<Uint8Array> }>,
  options: NewFolderOptions,
): Promise<ExportedFile[]> {
  await requireFreeFolder(path, options);
  const suffix = randomBytes(6).toString('hex');
  const temporary = `${path}.${suffix}.tmp`;
  const replaced = `${path}.${suffix}.old`;
  try {
    await mkdir(temporary);
    const written: ExportedFile[] = [];
    for (const { name, parts } of files) {
      const file = await writeNewFile(join(temporary, name), parts, options);
      written.push({ ...file, path: join(path, name) });
    }
    // No system replaces a folder by another in one step: the older one steps aside, and comes back where that fails.
    await requireFreeFolder(path, options);
    const wasThere = await rename(path, replaced).then(
      () => true,
      () => false,
    );
    try {
      await rename(temporary, path);
    } catch (cause) {
      if (wasThere) await rename(replaced, path);
      throw cause;
    }
    await rm(replaced, { recursive: true, force: true });
    await syncFolder(dirname(path));
    return written;
  } catch (cause) {
    throw writeError(path, cause);
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Throws `export/exists` where something is there that may not be replaced. */
export async function requireFreeFolder(
  path: string,
  { force, isOurs }: Pick<NewFolderOptions, 'force' | 'isOurs'>,
): Promise<void> {
  const names = await readdir(path).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR') return null;
    throw writeError(path, cause);
  });
  if (names?.length === 0) return;
  const isReplaceable = names?.every(isOurs) === true;
  if (force && isReplaceable) return;
  throw new MicrobatchError({
    code: 'export/exists',
    message: names === null ? `${path} is a file` : `${path} is a folder that holds files`,
    expected: 'an empty folder, or a path where nothing is',
    remedy: isReplaceable ? 'name another, or replace it with --force' : 'name another folder',
  });
}
