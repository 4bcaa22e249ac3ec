import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { publish, syncFolder } from './atomic-file.ts';
import { isPlainFolder, namesIn, requireOwn } from './folder-entries.ts';
import { writeError } from './write-error.ts';

/** Neither is part of what a run has recorded. */
const stays = new Set(['run.json', 'attempts']);
/** An attempt that is being set aside. */
const unfinished = '.new';

/**
 * Moves all that a run has recorded to a new folder attempts/N in its own, which it returns. A crash at any instant leaves
 * `attempts/.new`, which `takeBackUnfinished` empties again. Throws `library/...`; then nothing has moved.
 */
export async function setAside(folder: string): Promise<string> {
  const attempts = join(folder, 'attempts');
  const moving = join(attempts, unfinished);
  try {
    requireOwn(attempts, moving);
    await mkdir(attempts, { recursive: true });
    await mkdir(moving);
    const recorded = (await readdir(folder)).filter((name) => !stays.has(name));
    for (const name of recorded) await rename(join(folder, name), join(moving, name));
    const attempt = join(attempts, String((await readdir(attempts)).length));
    await syncFolder(folder);
    await publish(moving, attempt);
    return attempt;
  } catch (cause) {
    await takeBackUnfinished(folder).catch(() => undefined);
    throw writeError(folder, cause);
  }
}

/** Puts an attempt back in the place of what the run has recorded since. Throws `library/...`. */
export async function takeBack(folder: string, attempt: string): Promise<void> {
  try {
    requireOwn(join(folder, 'attempts'), attempt);
    for (const name of (await readdir(folder)).filter((one) => !stays.has(one))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
    const moving = join(folder, 'attempts', unfinished);
    await rename(attempt, moving);
    await takeBackUnfinished(folder);
  } catch (cause) {
    throw writeError(folder, cause);
  }
}

/** Brings back what a process was setting aside when it ended. Throws as the system does. */
export async function takeBackUnfinished(folder: string): Promise<void> {
  const attempts = join(folder, 'attempts');
  const moving = join(attempts, unfinished);
  if (!(await isPlainFolder(attempts))) return;
  const names = (await isPlainFolder(moving)) ? await namesIn(moving) : [];
  for (const name of names) await rename(join(moving, name), join(folder, name));
  await rmdir(moving).catch(() => undefined);
  // The first attempt's folder goes with it.
  await rmdir(attempts).catch(() => undefined);
}
