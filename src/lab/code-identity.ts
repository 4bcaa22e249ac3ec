import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { applicationBuild } from '../contracts/provenance.ts';
import type { ApplicationBuild } from '../contracts/provenance.ts';
import type { ApplicationPaths } from './application-paths.ts';

type CodeIdentity = Omit<ApplicationBuild, 'app'>;

const codeIdentity = applicationBuild.omit({ app: true });

/** Beside the bundles: what they were built from. Written by the build (electron.vite.config.ts). */
export const codeIdentityFile = 'code-identity.json';

/** What code runs here: of a build as it was written down then, else as the checkout is now. Never throws. */
export function identifyCode({ root, built }: Pick<ApplicationPaths, 'root' | 'built'>): CodeIdentity {
  if (!built) return identifySources(root);
  const unknown = { commit: null, engine: null };
  try {
    const text = readFileSync(join(root, 'out', 'main', codeIdentityFile), 'utf8');
    return codeIdentity.safeParse(JSON.parse(text)).data ?? unknown;
  } catch {
    return unknown;
  }
}

/** Of the sources under a folder; null for what is not there, such as the commit of an unpacked archive. */
export function identifySources(root: string): CodeIdentity {
  return { commit: orNull(() => checkedOutCommit(root)), engine: orNull(() => hashOfEngine(root)) };
}

function orNull(read: () => string | null): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

const commitPattern = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * The commit that is checked out in a folder, read from git's own files: HEAD, the branch that it names, loose or packed;
 * also in a linked worktree. Whether files differ from it is not looked at. Null where the folder is no checkout.
 */
function checkedOutCommit(root: string): string | null {
  const folder = gitFolder(root);
  const head = readLine(join(folder, 'HEAD'));
  const branch = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (branch === undefined) return commitPattern.test(head) ? head : null;
  if (branch.split('/').includes('..')) return null;
  const commit = branchCommit(commonFolder(folder), branch);
  return commit !== null && commitPattern.test(commit) ? commit : null;
}

/** `.git` is a folder, or in a linked worktree a file that names one. */
function gitFolder(root: string): string {
  const git = join(root, '.git');
  if (statSync(git).isDirectory()) return git;
  return resolve(root, readLine(git).replace(/^gitdir: /, ''));
}

/** Where the branches of all worktrees are. */
function commonFolder(folder: string): string {
  try {
    return resolve(folder, readLine(join(folder, 'commondir')));
  } catch {
    return folder;
  }
}

function branchCommit(common: string, branch: string): string | null {
  try {
    return readLine(join(common, branch));
  } catch {
    const packed = readFileSync(join(common, 'packed-refs'), 'utf8').split('\n');
    return packed.find((line) => line.endsWith(` ${branch}`))?.split(' ')[0] ?? null;
  }
}

const readLine = (path: string): string => readFileSync(path, 'utf8').trim();

/** SHA-256 over the names and contents of the engine's sources, tests and what only they use left out. */
function hashOfEngine(root: string): string | null {
  const folder = join(root, 'src', 'engine');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/(\.test|-fixture|-cases)\.ts$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  if (files.length === 0) return null;
  const hash = createHash('sha256');
  for (const file of files) {
    // A checkout on Windows may have other line ends.
    const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
    hash.update(`${relative(folder, file).split(sep).join('/')}\0${String(text.length)}\0${text}`);
  }
  return hash.digest('hex');
}
