import { truncateSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const [busy, corrupt, notDatabase] = [5, 11, 26];

/**
 * Takes SQLite's lock on a file, which the system gives back when the process ends, however it ends: no lock is ever
 * stale. It is held until the database is closed. Throws SQLite's error: `isTaken` tells one that means another has it.
 */
export function lockFile(path: string): DatabaseSync {
  try {
    return lockDatabase(path);
  } catch (error) {
    // SQLite looks at the lock before it looks at the file: one that is no database is nobody's, and is emptied.
    if (![corrupt, notDatabase].includes(sqliteCode(error))) throw error;
    truncateSync(path, 0);
    return lockDatabase(path);
  }
}

/** Whether an error of `lockFile` says that another process, or another lock of this one, has the file. */
export const isTaken = (error: unknown): boolean => sqliteCode(error) === busy;

function lockDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The low byte is the error, the rest its variety. */
function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : -1;
}
