import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MicrobatchError } from '../contracts/errors.ts';
import { writeError } from './write-error.ts';

/** Moves a folder of the library to its trash, under the name `id`. Throws `library/...`. */
export async function moveToTrash(library: string, folder: string, id: string): Promise<void> {
  const trash = join(library, 'trash');
  try {
    await mkdir(trash, { recursive: true });
    await rename(folder, join(trash, id));
  } catch (cause) {
    throw writeError(trash, cause);
  }
}

/**
 * Moves what is in the trash back to its folder. `marker` is a file that only folders of its kind have: ids of runs,
 * traces and weights are told apart by it. Throws `library/not-in-trash`, `library/...`.
 */
export async function bringBack(library: string, folder: string, id: string, marker: string): Promise<void> {
  const kept = join(library, 'trash', id);
  if ((await stat(join(kept, marker)).catch(() => null)) === null) {
    throw new MicrobatchError({ code: 'library/not-in-trash', message: `${id} is not in the trash of this library` });
  }
  try {
    await mkdir(dirname(folder), { recursive: true });
    await rename(kept, folder);
  } catch (cause) {
    throw writeError(folder, cause);
  }
}
