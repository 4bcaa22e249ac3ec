import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MicrobatchError } from '../contracts/errors.ts';
import { publish, syncFolder } from './atomic-file.ts';
import { requireOwn } from './folder-entries.ts';
import { writeError } from './write-error.ts';

/**
 * Moves a folder or file of the library to its trash, under `name`, durably. What was removed under this name before
 * stays there under another. Throws `library/...`, and has then moved nothing, as far as the disk lets it.
 */
export async function moveToTrash(library: string, path: string, name: string): Promise<void> {
  const trash = join(library, 'trash');
  const place = join(trash, name);
  try {
    requireOwn(trash);
    if ((await mkdir(trash, { recursive: true })) !== undefined) await syncFolder(library);
    await makeRoom(place);
    await publish(path, place);
  } catch (cause) {
    throw writeError(place, cause);
  }
}

/** An imported thing keeps its id: the same one can be removed, imported again and removed again. */
async function makeRoom(place: string): Promise<void> {
  if (!(await isThere(place))) return;
  let earlier = 1;
  while (await isThere(`${place}.${String(earlier)}`)) earlier += 1;
  await rename(place, `${place}.${String(earlier)}`);
}

/**
 * Moves what is in the trash back to its folder, durably. `marker` is a file that only folders of its kind have: ids of
 * runs, traces and weights are told apart by it. Throws `library/not-in-trash`, `library/exists`, `library/...`.
 */
export async function bringBack(library: string, folder: string, id: string, marker: string): Promise<void> {
  const kept = join(library, 'trash', id);
  if (!(await isThere(join(kept, marker)))) {
    throw new MicrobatchError({ code: 'library/not-in-trash', message: `${id} is not in the trash of this library` });
  }
  if (await isThere(folder)) {
    throw new MicrobatchError({
      code: 'library/exists',
      message: `${id} is in this library again: ${folder}`,
      remedy: 'remove that one first, if the one in the trash is wanted back',
    });
  }
  try {
    requireOwn(dirname(kept));
    if ((await mkdir(dirname(folder), { recursive: true })) !== undefined) await syncFolder(library);
    await publish(kept, folder);
  } catch (cause) {
    throw writeError(folder, cause);
  }
}

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;
