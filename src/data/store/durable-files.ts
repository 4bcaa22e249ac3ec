import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { writeProblem } from '../../contracts/write-problem.ts';

/** Does what writes `path`. Where the system refuses, throws `data/disk-full`, `data/not-writable`, `data/cannot-write`, ... */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw writeProblem('data', path, cause);
  }
}

/** Moves a folder on its disk, durably. Where that fails it is back at its old place, as far as the disk lets it. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  try {
    for (const folder of new Set([dirname(to), dirname(from)])) await syncFolder(folder);
  } catch (cause) {
    await rename(to, from).catch(() => undefined);
    throw cause;
  }
}

/** Removes what nobody needs any more. What cannot be removed now only takes space, and must not undo what was done. */
export async function clearAway(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

/** Makes a rename in the folder durable. Windows cannot open folders and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
