import { hash } from 'node:crypto';
import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { runRecord, type RunRecord } from '../contracts/run-record.ts';

/** Of the table below. A file of a newer schema is left alone and not used. */
const indexSchema = 1;
/** Waiting for another process stops this one, so it is brief: an index that cannot be had now is done without. */
const busyMilliseconds = 100;

const table = `
  CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,
    checked_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    record TEXT NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;
`;

/** What the index knows of one run.json. */
export interface IndexEntry {
  readonly id: string;
  /** Inode, time of change and size of the file. */
  readonly stamp: string;
  /** When its content was last compared, in milliseconds since 1970; 0 for one that was only written. */
  readonly checkedAt: number;
  /** Hash of its text. */
  readonly source: string;
  readonly record: RunRecord;
}

const row = z.object({
  id: z.string(),
  stamp: z.string(),
  checked_at: z.int(),
  source: z.string(),
  record: z.string(),
  checksum: z.string(),
});
type Row = z.infer<typeof row>;

/** Under its checksum: parsed and written by a version with the same contract, so that it need not be parsed again. */
const vouchedFor = z.custom<RunRecord>((value) => typeof value === 'object' && value !== null);

/**
 * index.sqlite of a library: a copy of the run records that spares opening thousands of files. The folders are the
 * truth. Nothing here ever throws: an index that is missing, damaged, newer, locked or in a place that cannot be written
 * is made anew or done without. It is opened for each use, so that nothing is held between two.
 */
export class RunIndex {
  readonly #path: string;
  readonly #readOnly: boolean;

  constructor(library: string, readOnly: boolean) {
    this.#path = join(library, 'index.sqlite');
    this.#readOnly = readOnly;
  }

  /** Every entry that is as this version wrote it, by run. */
  read(): Map<string, IndexEntry> {
    const entries = new Map<string, IndexEntry>();
    try {
      if (!isFile(this.#path)) return entries;
      const database = new DatabaseSync(this.#path, { readOnly: true, timeout: busyMilliseconds });
      try {
        if (schemaOf(database) !== indexSchema) return entries;
        for (const found of database.prepare('SELECT * FROM records').iterate()) {
          const entry = entryOf(row.parse(found));
          if (entry !== null) entries.set(entry.id, entry);
        }
      } finally {
        database.close();
      }
    } catch {
      // What was read before the damage is sound: every entry has its own checksum.
    }
    return entries;
  }

  /** Puts entries in and takes runs out, all at once or not at all. */
  write(entries: readonly IndexEntry[], removed: readonly string[]): void {
    if (this.#readOnly || entries.length + removed.length === 0) return;
    try {
      this.#update(entries, removed);
    } catch (error) {
      if (isBusyOrRefused(error)) return;
      this.#makeAnew(entries);
    }
  }

  #update(entries: readonly IndexEntry[], removed: readonly string[]): void {
    if (lstatSync(this.#path, { throwIfNoEntry: false })?.isFile() === false) return;
    const database = new DatabaseSync(this.#path, { timeout: busyMilliseconds });
    try {
      // What a power cut takes is read again from the folders, so nothing waits for the disk.
      database.exec('PRAGMA synchronous = OFF; BEGIN IMMEDIATE');
      const schema = schemaOf(database);
      if (schema > indexSchema) return;
      database.exec(`${table} PRAGMA user_version = ${String(indexSchema)}`);
      const put = database.prepare('INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)');
      for (const entry of entries) {
        const one = rowOf(entry);
        put.run(one.id, one.stamp, one.checked_at, one.source, one.record, one.checksum);
      }
      const remove = database.prepare('DELETE FROM records WHERE id = ?');
      for (const id of removed) remove.run(id);
      database.exec('COMMIT');
    } finally {
      database.close();
    }
  }

  #makeAnew(entries: readonly IndexEntry[]): void {
    try {
      for (const ending of ['-journal', '']) rmSync(this.#path + ending, { force: true });
      this.#update(entries, []);
    } catch {
      // Done without.
    }
  }
}

export const sourceOf = (text: string): string => hash('sha256', text);

function rowOf({ id, stamp, checkedAt, source, record }: IndexEntry): Row {
  const unsigned = { id, stamp, checked_at: checkedAt, source, record: JSON.stringify(record) };
  return { ...unsigned, checksum: checksumOf(unsigned) };
}

function entryOf({ checksum, ...unsigned }: Row): IndexEntry | null {
  if (checksumOf(unsigned) !== checksum) return null;
  const { id, stamp, checked_at: checkedAt, source } = unsigned;
  return { id, stamp, checkedAt, source, record: vouchedFor.parse(JSON.parse(unsigned.record)) };
}

let contract: string | undefined;

/** Over the row and the form of a record, so that a version with another form does not take what this one has parsed. */
function checksumOf({ id, stamp, checked_at, source, record }: Omit<Row, 'checksum'>): string {
  contract ??= hash('sha256', JSON.stringify(z.toJSONSchema(runRecord, { unrepresentable: 'any' })));
  return hash('sha256', JSON.stringify([contract, id, stamp, checked_at, source]) + record);
}

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const schemaOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()?.['user_version']);

/** Whether another process has the file just now, or the disk does not take it; anything else is damage. */
function isBusyOrRefused(error: unknown): boolean {
  const [busy, locked, readOnly, full, cannotOpen] = [5, 6, 8, 13, 14];
  if (!(error instanceof Error && 'errcode' in error)) return false;
  // The low byte is the error, the rest its variety.
  return [busy, locked, readOnly, full, cannotOpen].includes(Number(error.errcode) & 0xff);
}
