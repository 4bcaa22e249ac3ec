import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { MicrobatchError } from '../contracts/errors.ts';

const lockOwner = z.object({
  pid: z.int(),
  host: z.string(),
  /** What owns it, in words: "the desktop app". */
  what: z.string(),
  since: z.string(),
});
export type LockOwner = z.infer<typeof lockOwner>;

export interface HostLock {
  release(): void;
}

/**
 * Makes this process the one host of a library: the only one that starts runs and changes records. A lock whose
 * process is gone is taken over. Throws `library/owned`, which says who owns it, and `library/not-writable`.
 */
export function takeHostLock(library: string, what: string): HostLock {
  const file = join(library, 'host.json');
  const owner: LockOwner = { pid: process.pid, host: hostname(), what, since: new Date().toISOString() };
  while (true) {
    if (tryCreate(file, library, owner)) return { release: () => releaseOwn(file, owner) };
    const other = readHostLock(library);
    if (other !== null && isAlive(other)) throw ownedError(library, other);
    removeStale(file);
  }
}

/** Who owns the library now; null where nobody does or the note cannot be read. */
export function readHostLock(library: string): LockOwner | null {
  try {
    const parsed = lockOwner.safeParse(JSON.parse(readFileSync(join(library, 'host.json'), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Whether the process lives. Of another machine's processes nothing can be known: they count as alive. */
export function isAlive({ pid, host }: { readonly pid: number; readonly host: string }): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function tryCreate(file: string, library: string, owner: LockOwner): boolean {
  try {
    mkdirSync(library, { recursive: true });
    writeFileSync(file, `${JSON.stringify(owner)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'EEXIST') return false;
    throw new MicrobatchError(
      {
        code: 'library/not-writable',
        message: `nothing can be written in the library ${library} (${code})`,
        remedy: 'choose another folder with --library, or change its permissions',
      },
      { cause: error },
    );
  }
}

/** Moves the stale note away before it is deleted: of two processes that find it, only one can move it. */
function removeStale(file: string): void {
  const away = `${file}.stale-${String(process.pid)}`;
  try {
    renameSync(file, away);
    rmSync(away, { force: true });
  } catch {
    // Another process was faster; the next attempt to create decides.
  }
}

function releaseOwn(file: string, owner: LockOwner): void {
  const now = readHostLock(join(file, '..'));
  if (now?.pid === owner.pid && now.since === owner.since) rmSync(file, { force: true });
}

function ownedError(library: string, { pid, what, since }: LockOwner): MicrobatchError {
  return new MicrobatchError({
    code: 'library/owned',
    message: `the library ${library} belongs to ${what} (process ${String(pid)}, since ${since})`,
    expected: 'one host at a time',
    remedy: 'start runs there, close it, or name another folder with --library',
  });
}
