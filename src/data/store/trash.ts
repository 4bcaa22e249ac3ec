import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import { clearAway, moveDurably, writing } from './durable-files.ts';
import { manifestFile, readManifest } from './manifest.ts';

/** Removed sets stay so long, milliseconds. */
const keptMilliseconds = 7 * 24 * 3600 * 1000;

const trashOf = (datasets: string): string => join(datasets, '.trash');

/**
 * Moves a set to the trash, from which `restoreSet` brings it back for a week. Throws `data/unknown-dataset` and the errors
 * of `writing`.
 */
export async function removeSet(datasets: string, id: string): Promise<void> {
  if (!isThere(datasets, id)) throw unknown(id, `there is no stored data set ${id}`);
  const trash = trashOf(datasets);
  await writing(trash, async () => {
    await mkdir(trash, { recursive: true });
    await rm(join(trash, id), { recursive: true, force: true });
    await moveDurably(join(datasets, id), join(trash, id));
  });
}

/** Brings a removed set back. Throws `data/unknown-dataset`, `data/exists` and the errors of `writing`. */
export async function restoreSet(datasets: string, id: string): Promise<void> {
  if (!isRemoved(datasets, id)) throw unknown(id, `no removed data set ${id} is left`);
  if (isThere(datasets, id)) {
    throw new MicrobatchError({
      code: 'data/exists',
      message: `there is a data set ${id} again`,
      remedy: `remove it first: the one that was removed before is then gone for good`,
    });
  }
  await writing(datasets, () => moveDurably(join(trashOf(datasets), id), join(datasets, id)));
}

/** Whether a removed set of this id can be brought back. */
export function isRemoved(datasets: string, id: string): boolean {
  return readManifest(trashOf(datasets), id) !== undefined;
}

/** Deletes what has been in the trash for a week. */
export async function emptyOldTrash(datasets: string): Promise<void> {
  const trash = trashOf(datasets);
  for (const name of await readdir(trash).catch(() => [])) {
    const removed = await stat(join(trash, name)).catch(() => undefined);
    // A rename marks the folder: its change time is when it was removed.
    if (removed !== undefined && Date.now() - removed.ctimeMs > keptMilliseconds) {
      await clearAway(join(trash, name));
    }
  }
}

/** Also a set whose manifest is damaged can be removed. */
function isThere(datasets: string, id: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(id) && existsSync(join(datasets, id, manifestFile));
}

function unknown(id: string, message: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/unknown-dataset',
    message,
    expected: `the id of a set that was added; ${id} may ship with the application, or be known and not fetched`,
  });
}
