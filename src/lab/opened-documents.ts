import { open, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { MicrobatchError } from '../contracts/errors.ts';
import { isSpecText, largestSpecBytes } from '../contracts/files.ts';
import type { HandedFile, OpenedDocument } from '../contracts/files.ts';

/**
 * What files that a user opened or dropped are to the application: specs of runs as their text, everything else as
 * files to import, in one document. Throws `files/missing` for one that is not there.
 */
export async function readOpened(
  paths: readonly string[],
  give: (path: string) => HandedFile,
): Promise<OpenedDocument[]> {
  const specs: OpenedDocument[] = [];
  const others: HandedFile[] = [];
  for (const path of paths) {
    const text = await specText(path);
    if (text === null) others.push(give(path));
    else specs.push({ kind: 'spec', name: basename(path), text });
  }
  return others.length === 0 ? specs : [...specs, { kind: 'import', files: others }];
}

/** The text of a spec; null of everything else. Of a file that is not a spec by its name nothing is read. */
async function specText(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new MicrobatchError({
      code: 'files/missing',
      message: `the file ${path} is not there, or may not be read`,
      remedy: 'look whether its disk is connected and who may read it',
    });
  }
  if (extname(path).toLowerCase() !== '.json' || !found.isFile() || found.size > largestSpecBytes) return null;
  const file = await open(path);
  try {
    const text = await file.readFile('utf8');
    return isSpecText(text) ? text : null;
  } finally {
    await file.close();
  }
}
