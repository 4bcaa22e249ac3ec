import { lstatSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { MicrobatchError } from '../contracts/errors.ts';

/** Names in a folder, sorted; none where it is missing. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.toSorted();
}

export async function isPlainFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isFile() ?? false;
}

export async function isPlainFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isDirectory() ?? false;
}

/**
 * Throws `library/linked` where a folder or file of the library is a link: what it leads to is not the library's, and is
 * read through it but never changed. What is missing is no link.
 */
export function requireOwn(...paths: readonly string[]): void {
  const linked = paths.find((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true);
  if (linked === undefined) return;
  throw new MicrobatchError({
    code: 'library/linked',
    message: `${linked} is a link: nothing is changed through it`,
    expected: 'files and folders that lie in the library itself',
    remedy: 'put what it leads to in its place, or move the whole library',
  });
}
