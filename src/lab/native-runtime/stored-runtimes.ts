import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { runtimeManifest, runtimeManifestFile } from '../../contracts/native-runtime.ts';
import type { InstalledRuntime, RuntimeManifest } from '../../contracts/native-runtime.ts';
import { parseJson, parseOrThrow } from '../../contracts/parse.ts';
import { writeProblem } from '../../contracts/write-problem.ts';

/** Removed runtimes stay so long, milliseconds. */
const keptMilliseconds = 7 * 24 * 3600 * 1000;

const trashOf = (runtimes: string): string => join(runtimes, '.trash');

/** Every installed runtime by its id, also one whose manifest is damaged. Half-written and foreign folders are none. */
export async function readRuntimes(runtimes: string): Promise<InstalledRuntime[]> {
  return Promise.all((await idsIn(runtimes)).map((id) => readRuntime(runtimes, id)));
}

/** Throws `runtime/unknown`. */
export async function readRuntime(runtimes: string, id: string): Promise<InstalledRuntime> {
  await requireRuntime(runtimes, id);
  const folder = join(runtimes, id);
  const found = { id, folder, bytes: await bytesBelow(folder) };
  try {
    return { ...found, manifest: readManifest(folder, id), problem: null };
  } catch (error) {
    return { ...found, manifest: null, problem: toErrorShape(error) };
  }
}

/** Ids of removed runtimes that can be brought back. */
export async function restorableRuntimes(runtimes: string): Promise<string[]> {
  const [removed, present] = [await idsIn(trashOf(runtimes)), await idsIn(runtimes)];
  return removed.filter((id) => !present.includes(id));
}

/** Moves a runtime to the trash, from which `restoreRuntime` brings it back for a week. Throws `runtime/unknown`. */
export async function removeRuntime(runtimes: string, id: string): Promise<void> {
  await requireRuntime(runtimes, id);
  const trash = trashOf(runtimes);
  try {
    await mkdir(trash, { recursive: true });
    await rm(join(trash, id), { recursive: true, force: true });
    await rename(join(runtimes, id), join(trash, id));
  } catch (cause) {
    throw writeProblem('runtime', join(runtimes, id), cause);
  }
}

/** Brings a removed runtime back. Throws `runtime/unknown`, `runtime/exists`. */
export async function restoreRuntime(runtimes: string, id: string): Promise<void> {
  if (!(await idsIn(trashOf(runtimes))).includes(id)) {
    throw new MicrobatchError({
      code: 'runtime/unknown',
      message: `no removed runtime ${id} is left`,
      expected: 'one that was removed within a week',
      remedy: 'install it again',
    });
  }
  if (existsSync(join(runtimes, id))) throw existsError(id);
  try {
    await rename(join(trashOf(runtimes), id), join(runtimes, id));
  } catch (cause) {
    throw writeProblem('runtime', join(runtimes, id), cause);
  }
}

/** Deletes what has been in the trash for a week. */
export async function emptyOldTrash(runtimes: string): Promise<void> {
  const trash = trashOf(runtimes);
  for (const name of await readdir(trash).catch(() => [])) {
    const removed = await stat(join(trash, name)).catch(() => null);
    // A rename marks the folder: its change time is when it was removed.
    if (removed === null || Date.now() - removed.ctimeMs < keptMilliseconds) continue;
    // What cannot be removed now only takes space.
    await rm(join(trash, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

export function existsError(id: string): MicrobatchError {
  return new MicrobatchError({
    code: 'runtime/exists',
    message: `${id} is installed already`,
    remedy: `microbatch runtime probe ${id}, or remove it first`,
  });
}

async function requireRuntime(runtimes: string, id: string): Promise<void> {
  const ids = await idsIn(runtimes);
  if (ids.includes(id)) return;
  throw new MicrobatchError({
    code: 'runtime/unknown',
    message: `there is no runtime ${id}`,
    expected: ids.join(', ') || 'none is installed',
  });
}

async function idsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => !name.startsWith('.') && existsSync(join(folder, name, runtimeManifestFile)))
    .toSorted();
}

function readManifest(folder: string, id: string): RuntimeManifest {
  const file = join(folder, runtimeManifestFile);
  const value = parseJson(readFileSync(file, 'utf8'));
  const remedy = 'remove the runtime and install it again';
  return { ...parseOrThrow(runtimeManifest, value, { code: 'runtime/bad-manifest', what: file, remedy }), id };
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
