/**
 * ENOSPC: the disk is full, and stays so until there is room again. EROFS: nothing can be changed any more. EACCES, EIO:
 * one write fails. short: one write takes half of its bytes, then the disk is full.
 */
export const faultKinds = ['ENOSPC', 'EACCES', 'EIO', 'EROFS', 'short'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What each is as the system's own error, and as SQLite's. */
const faults: Readonly<Record<FaultKind, { code: string; words: string; sqlite: number; said: string }>> = {
  ENOSPC: { code: 'ENOSPC', words: 'no space left on device', sqlite: 13, said: 'database or disk is full' },
  short: { code: 'ENOSPC', words: 'no space left on device', sqlite: 13, said: 'database or disk is full' },
  EACCES: { code: 'EACCES', words: 'permission denied', sqlite: 14, said: 'unable to open database file' },
  EIO: { code: 'EIO', words: 'i/o error', sqlite: 778, said: 'disk I/O error' },
  EROFS: {
    code: 'EROFS',
    words: 'read-only file system',
    sqlite: 8,
    said: 'attempt to write a readonly database',
  },
};

/** An error as node:fs throws it. */
export function systemError(kind: FaultKind, operation: string, path = ''): Error {
  const { code, words } = faults[kind];
  return Object.assign(new Error(`${code}: ${words}, ${operation} '${path}'`), { code, syscall: operation, path });
}

/** An error as node:sqlite throws it. */
export function databaseError(kind: FaultKind): Error {
  const { sqlite, said } = faults[kind];
  return Object.assign(new Error(said), { code: 'ERR_SQLITE_ERROR', errcode: sqlite, errstr: said });
}
