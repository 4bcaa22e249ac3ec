import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

interface FileOptions {
  /** Permissions of the new file. */
  readonly mode?: number;
}

/**
 * Replaces a file so that a reader, and a crash at any instant, sees the old content or the new one:
 * temporary file beside it, fsync, rename, fsync of the folder.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: FileOptions = {},
): Promise<void> {
  await replaceFile(path, content, options);
  await syncFolder(dirname(path));
}

/** The same without the fsync of the folder, for many files in one: the caller does it once, with `syncFolder`. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode }: FileOptions = {},
): Promise<void> {
  const temporary = temporaryOf(path);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

const temporaryOf = (path: string): string => `${path}.${randomBytes(6).toString('hex')}.tmp`;

/**
 * Moves a prepared folder, or a file, to its place on the same disk, durably. Where that fails it is back where it was
 * prepared, as far as the disk lets it.
 */
export async function publish(prepared: string, place: string): Promise<void> {
  await rename(prepared, place);
  try {
    // The new place first: a crash between the two may show it twice, never nowhere.
    for (const folder of new Set([dirname(place), dirname(prepared)])) await syncFolder(folder);
  } catch (cause) {
    await rename(place, prepared).catch(() => undefined);
    throw cause;
  }
}

/** Makes a rename in the folder durable. Windows cannot open folders and does not need it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
