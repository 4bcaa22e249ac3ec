import type { Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';

/** As many bytes of a file tell its form. */
const headBytes = 65_536;

/** A file or folder that somebody wants to import. */
export interface ImportSource {
  /** Absolute. */
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** The first bytes of a file; empty for a folder. */
  readonly head: Uint8Array;
  /** Names in a folder, sorted; null for a file. */
  readonly entries: readonly string[] | null;
}

/**
 * Looks at a path without reading more than its first bytes. Throws `import/missing-file`, `import/not-a-file` for
 * pipes and devices, which may deliver bytes without end, and `import/empty`.
 */
export async function openSource(given: string): Promise<ImportSource> {
  const path = resolve(given);
  const found = await statOf(path);
  const name = basename(path);
  if (found.isDirectory()) return { path, name, size: 0, head: new Uint8Array(), entries: await entriesOf(path) };
  if (!found.isFile()) {
    throw new MicrobatchError({
      code: 'import/not-a-file',
      message: `${path} is neither a plain file nor a folder`,
      expected: 'a file on a disk, or a folder of event files or of an offline run',
    });
  }
  const head = await readHead(path);
  if (found.size === 0 || head.length === 0) {
    throw new MicrobatchError({
      code: 'import/empty',
      message: `${path} is empty`,
      expected: 'a file with recorded values',
    });
  }
  return { path, name, size: found.size, head, entries: null };
}

/** More names than any log folder holds. */
const mostEntries = 100_000;

async function entriesOf(path: string): Promise<string[]> {
  const names = await readdir(path).catch((cause: unknown) => {
    throw cannotRead(path, cause);
  });
  if (names.length > mostEntries) {
    throw new MicrobatchError({
      code: 'import/too-many-files',
      message: `${path} holds ${String(names.length)} names`,
      expected: `a folder of at most ${String(mostEntries)}`,
    });
  }
  return names.toSorted();
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const bytes = new Uint8Array(headBytes);
      const { bytesRead } = await file.read(bytes, 0, headBytes, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}

function statOf(path: string): Promise<Stats> {
  return stat(path).catch((cause: unknown) => {
    throw cannotRead(path, cause);
  });
}

/** An error of the file system, in words. */
function cannotRead(path: string, cause: unknown): MicrobatchError {
  if (cause instanceof MicrobatchError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is nothing',
    EACCES: 'this user may not read it',
    EPERM: 'this user may not read it',
    ELOOP: 'its links lead in a circle',
    ENOTDIR: 'a part of the path is no folder',
    ENAMETOOLONG: 'the path is too long',
  };
  const reason = words[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new MicrobatchError(
    {
      code: 'import/missing-file',
      message: `${path} cannot be read: ${reason}`,
      expected: 'a file or folder that can be read',
    },
    { cause },
  );
}
