import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { MicrobatchError } from '../contracts/errors.ts';
import { requireOwn } from './folder-entries.ts';
import { Outline } from './metric-outline.ts';

/** A point may wait this long in memory; a killed process loses no more than this. */
const flushPeriodMilliseconds = 500;
const largestBuffer = 20_000;

const tables = `
  CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS points (
    series INTEGER NOT NULL REFERENCES series (id),
    step INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY (series, step)
  ) STRICT, WITHOUT ROWID;
`;

interface PendingPoint {
  readonly series: number;
  readonly step: number;
  readonly value: number;
}

/**
 * The one writer of a run's metrics.sqlite. `append` only remembers; every half second, and on `flush` and `close`,
 * what was remembered is committed in one transaction. Values that are not finite are kept as gaps (NULL).
 */
export class MetricWriter {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #insertPoint: StatementSync;
  readonly #outline: Outline;
  readonly #timer: NodeJS.Timeout;
  readonly #seriesIds = new Map<string, number>();
  #pending: PendingPoint[] = [];
  #failure: unknown;

  /** Opens or creates the file; an existing one is continued. Throws `metrics/cannot-open`, `library/linked`. */
  constructor(path: string) {
    this.#path = path;
    try {
      requireOwn(path);
      if (existsSync(path)) requireStore(path);
      else createStore(path);
      this.#database = openStore(path);
      this.#outline = openOutline(this.#database);
    } catch (cause) {
      if (cause instanceof MicrobatchError) throw cause;
      throw new MicrobatchError(
        {
          code: 'metrics/cannot-open',
          message: `${path} cannot be opened for writing: ${cause instanceof Error ? cause.message : String(cause)}`,
          remedy: 'check that the folder can be written and that the file is a metric store',
        },
        { cause },
      );
    }
    // A step that is recorded again, after a resume, replaces its point.
    this.#insertPoint = this.#database.prepare('INSERT OR REPLACE INTO points (series, step, value) VALUES (?, ?, ?)');
    this.#timer = setInterval(() => {
      this.#flushOnTimer();
    }, flushPeriodMilliseconds);
    this.#timer.unref();
  }

  /** Remembers a point. Throws `metrics/cannot-write` if an earlier batch could not be committed. */
  append(series: string, step: number, value: number): void {
    if (this.#failure !== undefined) throw this.#cannotWrite(this.#failure);
    this.#pending.push({ series: this.#seriesId(series), step, value });
    if (this.#pending.length >= largestBuffer) this.flush();
  }

  /** Commits everything remembered; on return it survives the death of this process. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const batch = this.#pending;
    try {
      this.#database.exec('BEGIN');
      for (const { series, step, value } of batch) {
        this.#insertPoint.run(series, step, Number.isFinite(value) ? value : null);
      }
      this.#outline.refresh(batch);
      this.#database.exec('COMMIT');
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw this.#cannotWrite(cause);
    }
    this.#pending = [];
  }

  /** The same, and it survives the death of the machine. */
  persist(): void {
    this.flush();
    try {
      this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch (cause) {
      throw this.#cannotWrite(cause);
    }
  }

  /** Removes every point beyond a step, all at once: a run that goes on from there records them again. Returns how many. */
  cutAfter(step: number): number {
    this.flush();
    try {
      this.#database.exec('BEGIN');
      // By series, which the key begins with: no point that stays is looked at.
      const remove = this.#database.prepare('DELETE FROM points WHERE series = ? AND step > ?');
      const series = this.#database.prepare('SELECT id FROM series').all();
      const removed = series.reduce((sum, { id }) => sum + Number(remove.run(Number(id), step).changes), 0);
      this.#outline.cutAfter(step);
      this.#database.exec('COMMIT');
      return removed;
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw this.#cannotWrite(cause);
    }
  }

  /** Commits everything; then, also where that failed, the store is closed. Does nothing the second time. */
  close(): void {
    if (!this.#database.isOpen) return;
    clearInterval(this.#timer);
    try {
      this.flush();
      this.#makePlain();
    } finally {
      this.#database.close();
    }
  }

  /** Leaves one file that can be read from a folder in which nothing can be written. */
  #makePlain(): void {
    try {
      this.#database.exec('PRAGMA journal_mode = DELETE');
    } catch {
      // Someone reads it at this very moment: it stays in write-ahead mode, which readers cope with.
    }
  }

  /** An error on the timer has no caller: it is kept for the next `append`. */
  #flushOnTimer(): void {
    try {
      this.#requireFolder();
      this.flush();
    } catch (error) {
      this.#failure = error;
    }
  }

  /**
   * The system would go on writing into a file that was removed, for days. Where everything around the folder is gone as
   * well, a disk or a library went away that may come back, and the run goes on.
   */
  #requireFolder(): void {
    const folder = dirname(this.#path);
    if (existsSync(folder) || !existsSync(dirname(folder))) return;
    throw new MicrobatchError({
      code: 'metrics/gone',
      message: `${folder} was removed or renamed while its run was trained`,
      expected: 'a run folder that stays where it is; removing the run in the application keeps it in the trash',
      remedy: 'bring the folder back, and the run goes on from its last checkpoint',
    });
  }

  #cannotWrite(cause: unknown): MicrobatchError {
    if (cause instanceof MicrobatchError) return cause;
    return new MicrobatchError(
      {
        code: 'metrics/cannot-write',
        message: `${this.#path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        remedy: 'free disk space or make the folder writable; a run then goes on from its last checkpoint',
      },
      { cause },
    );
  }

  #seriesId(name: string): number {
    const known = this.#seriesIds.get(name);
    if (known !== undefined) return known;
    try {
      this.#database.prepare('INSERT OR IGNORE INTO series (name) VALUES (?)').run(name);
      const row = this.#database.prepare('SELECT id FROM series WHERE name = ?').get(name);
      const id = Number(row?.['id']);
      this.#seriesIds.set(name, id);
      return id;
    } catch (cause) {
      throw this.#cannotWrite(cause);
    }
  }
}

function openOutline(database: DatabaseSync): Outline {
  try {
    return new Outline(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Made aside and renamed, so that a reader finds a whole store or none: one without tables is always damage. */
function createStore(path: string): void {
  const draft = `${path}.new`;
  const remove = (): void => {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(draft + ending, { force: true });
  };
  remove();
  try {
    openStore(draft).close();
    renameSync(draft, path);
  } catch (error) {
    remove();
    throw error;
  }
}

/** A database of another application stays as it is. */
function requireStore(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.prepare('SELECT series, step, value, id, name FROM points, series LIMIT 1').all();
  } finally {
    database.close();
  }
}

function openStore(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(tables);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
