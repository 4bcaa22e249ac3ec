import { existsSync } from 'node:fs';
import { access, constants, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { MicrobatchError } from '../contracts/errors.ts';
import { parseJson } from '../contracts/parse.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { RunStore } from './run-store.ts';
import { writeError } from './write-error.ts';

const librarySchema = 1;
const marker = z.object({ schema: z.int().min(1), createdAt: z.string() });

export interface Library {
  /** Absolute path. */
  readonly folder: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly runs: RunStore;
  /** What was wrong with library.json; the runs are not affected. */
  readonly problem: MicrobatchError | null;
}

export interface OpenLibraryOptions {
  /** Make the folder a library where it is missing or empty; no other folder becomes one. Without it a missing library is an error. */
  readonly create?: boolean;
  /** Whether the caller will write. A folder that cannot be written is then an error instead of a read-only library. */
  readonly write?: boolean;
}

/**
 * Opens a library folder. The folder is the truth: library.json marks it, runs/ holds a folder a run.
 * Throws `library/missing`, `library/not-a-folder`, `library/not-a-library`, `library/not-empty`, `library/newer`,
 * `library/read-only`, `library/path-too-long`, `library/disk-full`, `library/cannot-write`.
 */
export async function openLibrary(path: string, options: OpenLibraryOptions = {}): Promise<Library> {
  const folder = resolve(path);
  await requireFolder(folder, options.create ?? false);
  const problem = await requireMarker(folder, options.create ?? false);
  await requireRuns(folder);
  const readOnly = !(await canWrite(folder));
  if (readOnly && options.write) throw readOnlyError(folder);
  return { folder, name: basename(folder), readOnly, runs: new RunStore(folder, readOnly), problem };
}

async function requireFolder(folder: string, create: boolean): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found !== undefined) {
    throw new MicrobatchError({
      code: 'library/not-a-folder',
      message: `${folder} is a file`,
      expected: 'the folder of a library',
      remedy: 'name a folder with --library',
    });
  }
  if (!create) {
    throw new MicrobatchError({
      code: 'library/missing',
      message: `there is no library at ${folder}`,
      expected: 'a folder that holds library.json',
      remedy: 'check the path given by --library or MICROBATCH_LIBRARY; the first run or `serve` creates a library',
    });
  }
  await makeFolder(folder).catch((cause: unknown) => {
    throw cannotMake(folder, cause);
  });
}

/** Makes a folder and those above it. The recursive mkdir of Node never returns below /proc, where parents exist and take nothing. */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent !== folder && (await stat(parent).catch(() => undefined)) === undefined) await makeFolder(parent);
  await mkdir(folder).catch(async (cause: unknown) => {
    // Another host may make it at the same time.
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw cause;
  });
}

/**
 * A library that has lost nothing but its library.json is one all the same, and its host makes it again. Returns what was
 * wrong with it, null where nothing was.
 */
async function requireMarker(folder: string, create: boolean): Promise<MicrobatchError | null> {
  const problem = await markerProblem(folder);
  if (problem === null) return null;
  const path = join(folder, 'library.json');
  if (await holdsRuns(join(folder, 'runs'))) {
    // Where it cannot be written it can be read.
    if (create) await createMarker(folder, path).catch(() => undefined);
    return problem;
  }
  if (!create || existsSync(path)) throw problem;
  await requireRoom(folder);
  await createMarker(folder, path);
  return null;
}

/** What is wrong with the library.json of a folder; null where nothing is. Throws `library/newer`. */
export async function markerProblem(folder: string): Promise<MicrobatchError | null> {
  const text = await readFile(join(folder, 'library.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return notALibrary(folder, 'it has no library.json');
  const parsed = marker.safeParse(parseJson(text));
  if (!parsed.success) return notALibrary(folder, 'its library.json cannot be read');
  if (parsed.data.schema <= librarySchema) return null;
  throw new MicrobatchError({
    code: 'library/newer',
    message: `${folder} was written by a newer version (schema ${String(parsed.data.schema)})`,
    expected: `schema ${String(librarySchema)}`,
    remedy: 'update this application',
  });
}

/** What systems put into folders by themselves, and what a creation that was cut off leaves. */
const countsAsEmpty = /^(\.DS_Store|desktop\.ini|Thumbs\.db|lost\+found|library\.json\..*\.tmp)$/;

/** A folder of other things, such as a home folder named by mistake, must not be filled with runs. */
async function requireRoom(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw readOnlyError(folder, cause);
  });
  // Other tools call a folder so as well, TensorBoard among them.
  const others = (await readdir(join(folder, 'runs')).catch(() => [])).map((name) => `runs/${name}`);
  const foreign = [...entries.filter((name) => name !== 'runs' && !countsAsEmpty.test(name)), ...others];
  if (foreign.length === 0) return;
  throw new MicrobatchError({
    code: 'library/not-empty',
    message: `${folder} holds other things (${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}) and no library.json`,
    expected: 'the folder of a library, or an empty or new folder to make one in',
    remedy: 'name an empty or new folder with --library or MICROBATCH_LIBRARY',
  });
}

/** Whether there are runs, as in a library that has lost nothing but its library.json, which holds nothing of them. */
async function holdsRuns(runs: string): Promise<boolean> {
  const names = await readdir(runs).catch(() => []);
  for (const name of names) {
    if ((await stat(join(runs, name, 'run.json')).catch(() => undefined))?.isFile()) return true;
  }
  return false;
}

/** Throws `library/read-only`, `library/path-too-long`, `library/disk-full`, `library/cannot-write`. */
export async function createMarker(folder: string, path: string): Promise<void> {
  try {
    await makeFolder(join(folder, 'runs'));
    await writeFileAtomically(
      path,
      `${JSON.stringify({ schema: librarySchema, createdAt: new Date().toISOString() }, null, 2)}\n`,
    );
  } catch (cause) {
    throw cannotMake(folder, cause);
  }
}

/** A copy may have dropped an empty runs/: it is made again where that is possible. */
async function requireRuns(folder: string): Promise<void> {
  const runs = join(folder, 'runs');
  if ((await stat(runs).catch(() => undefined)) === undefined) await mkdir(runs).catch(() => undefined);
  const found = await stat(runs).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) throw notALibrary(folder, 'its runs is a file');
}

/** Run folders go to runs/; the note of who owns the library and the trash lie beside it. */
async function canWrite(folder: string): Promise<boolean> {
  const checks = [folder, join(folder, 'runs')].map((path) => access(path, constants.W_OK));
  return Promise.all(checks).then(
    () => true,
    () => false,
  );
}

function notALibrary(folder: string, reason: string): MicrobatchError {
  return new MicrobatchError({
    code: 'library/not-a-library',
    message: `${folder} is not a library: ${reason}`,
    expected: 'a folder that holds library.json and runs/',
    remedy: 'name the folder of a library, or an empty or new one to create it',
  });
}

/** Errors that other permissions do not help with. */
const notOfPermissions = ['ENAMETOOLONG', 'ENOSPC', 'EDQUOT', 'EIO'];

function cannotMake(folder: string, cause: unknown): MicrobatchError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return notOfPermissions.includes(code) ? writeError(folder, cause) : readOnlyError(folder, cause);
}

function readOnlyError(folder: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'library/read-only',
      message: `${folder} cannot be written`,
      expected: 'a folder in which this user may create files',
      remedy: 'change its permissions or name another folder with --library',
    },
    cause === undefined ? undefined : { cause },
  );
}
