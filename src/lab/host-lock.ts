import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { MicrobatchError } from '../contracts/errors.ts';
import { requireOwn } from '../library/folder-entries.ts';
import { isTaken, lockFile } from './system-lock.ts';

const lockOwner = z.object({
  pid: z.int(),
  host: z.string(),
  /** What owns it, in words: "the desktop app". */
  what: z.string(),
  since: z.string(),
});
type LockOwner = z.infer<typeof lockOwner>;

export interface HostLock {
  release(): void;
}

/**
 * Makes this process the one host of a library: the only one that starts runs and changes records. The lock is SQLite's
 * lock on host.sqlite, which the system gives back when the process ends, however it ends: no lock is ever stale.
 * host.json beside it only says in words who has it. Throws `library/owned`, which says so, `library/not-writable` and `library/linked`.
 */
export function takeHostLock(library: string, what: string): HostLock {
  const note = join(library, 'host.json');
  const owner: LockOwner = { pid: process.pid, host: hostname(), what, since: new Date().toISOString() };
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(library, { recursive: true });
    requireOwn(join(library, 'host.sqlite'));
    database = lockFile(join(library, 'host.sqlite'));
    // A link in its place is replaced, not followed.
    rmSync(note, { force: true });
    writeFileSync(note, `${JSON.stringify(owner)}\n`, { flag: 'wx' });
  } catch (cause) {
    database?.close();
    throw isTaken(cause) ? ownedError(library, readHostLock(library)) : notWritableError(library, cause);
  }
  return {
    release() {
      if (!database.isOpen) return;
      try {
        rmSync(note, { force: true });
      } catch {
        // It decides nothing; the next owner replaces it.
      } finally {
        database.close();
      }
    },
  };
}

/**
 * What the note says: who took the library and has not given it back, or was killed since. Null where there is none, or
 * where it cannot be read, as in the instant after another process took the lock.
 */
function readHostLock(library: string): LockOwner | null {
  try {
    const parsed = lockOwner.safeParse(JSON.parse(readFileSync(join(library, 'host.json'), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function ownedError(library: string, owner: LockOwner | null): MicrobatchError {
  const who =
    owner === null
      ? 'another program'
      : `${owner.what} (process ${String(owner.pid)}${owner.host === hostname() ? '' : ` on ${owner.host}`}, since ${owner.since})`;
  return new MicrobatchError({
    code: 'library/owned',
    message: `the library ${library} belongs to ${who}`,
    expected: 'one host at a time',
    remedy: 'start runs there, close it, or name another folder with --library',
  });
}

function notWritableError(library: string, cause: unknown): MicrobatchError {
  // A link has its own reason and remedy.
  if (cause instanceof MicrobatchError) return cause;
  return new MicrobatchError(
    {
      code: 'library/not-writable',
      message: `the library ${library} cannot be taken: ${cause instanceof Error ? cause.message : String(cause)}`,
      expected: 'a folder in which this user may create and lock files',
      remedy: 'choose another folder with --library, or change its permissions',
    },
    { cause },
  );
}
