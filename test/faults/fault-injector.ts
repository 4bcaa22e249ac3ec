/**
 * Makes writes of this process fail, as a disk does: in tests only, below every library, by taking the place of the
 * writing functions of node:fs and node:sqlite. Nothing in src/ knows of it. A child process gets it preloaded: see
 * preload.ts.
 */
import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { sep } from 'node:path';
import sqlite from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { databaseError, systemError } from './fault-errors.ts';
import type { FaultKind } from './fault-errors.ts';

export interface Fault {
  readonly kind: FaultKind;
  /** Which write from now on, counted from 1. */
  readonly at: number;
  /** Every so many writes once more; only this one unless given. */
  readonly every?: number;
}

/** A write that met a fault. */
export interface FaultedWrite {
  readonly operation: string;
  readonly path: string;
}

/** Any function of node:fs: what it takes is passed on as it came. */
type Operation = (...parameters: unknown[]) => unknown;
type Callback = (error: Error | null, result?: unknown) => void;

/** What a write needs of the disk: a full one still lets files be removed and take the place of others. */
type Need = 'room' | 'rights';

const stays: readonly FaultKind[] = ['ENOSPC', 'EROFS'];

/** Functions with a path, which of their parameters is the one that changes, and what they need. */
const byPath: readonly (readonly [name: string, place: number, need: Need])[] = [
  ['mkdir', 0, 'room'],
  ['mkdtemp', 0, 'room'],
  ['rename', 1, 'rights'],
  ['link', 1, 'room'],
  ['copyFile', 1, 'room'],
  ['rm', 0, 'rights'],
  ['unlink', 0, 'rights'],
  ['truncate', 0, 'rights'],
];

export class FaultInjector {
  readonly #root: string;
  /** Files that are open for writing below the root. */
  readonly #pathOfDescriptor = new Map<number, string>();
  readonly #undo: (() => void)[] = [];
  #fault: Fault | null = null;
  #count = 0;
  #faulted: FaultedWrite[] = [];

  /** Watches writes at `root` and below until it is removed. */
  constructor(root: string) {
    this.#root = root;
    this.#wrapPaths();
    this.#wrapContents();
    this.#wrapOpenings();
    this.#wrapDescriptors();
    this.#wrapDatabases();
    syncBuiltinESMExports();
  }

  /** Begins to count, and lets a write fail unless the fault is null. */
  arm(fault: Fault | null): void {
    this.#fault = fault;
    this.#count = 0;
    this.#faulted = [];
  }

  /** Lets every write pass again; how many there were, and which failed. */
  disarm(): { readonly writes: number; readonly faulted: readonly FaultedWrite[] } {
    this.#fault = null;
    return { writes: this.#count, faulted: this.#faulted };
  }

  /** Lets the writes of a test itself pass uncounted. */
  paused<T>(work: () => T): T {
    const [fault, count] = [this.#fault, this.#count];
    this.#fault = null;
    try {
      return work();
    } finally {
      [this.#fault, this.#count] = [fault, count];
    }
  }

  /** Resolves once no write has begun for a few milliseconds. */
  async quiet(): Promise<void> {
    for (let before = -1; before !== this.#count;) {
      before = this.#count;
      await setTimeout(4);
    }
  }

  /** Puts the functions of node:fs and node:sqlite back. */
  remove(): void {
    for (const undo of this.#undo.toReversed()) undo();
    syncBuiltinESMExports();
  }

  /** The fault that this write meets; null where it passes. */
  #meets(operation: string, path: string, need: Need): FaultKind | null {
    if (path !== this.#root && !path.startsWith(this.#root + sep)) return null;
    this.#count += 1;
    if (this.#fault === null) return null;
    const { kind, at, every } = this.#fault;
    const late = this.#count - at;
    const due = late === 0 || (late > 0 && (stays.includes(kind) || (every !== undefined && late % every === 0)));
    if (!due || (need === 'rights' && (kind === 'ENOSPC' || kind === 'short'))) return null;
    this.#faulted.push({ operation, path });
    return kind;
  }

  #check(operation: string, path: unknown, need: Need): void {
    const kind = this.#meets(operation, String(path), need);
    if (kind !== null) throw systemError(kind, operation, String(path));
  }

  #wrap(table: object, name: string, make: (original: Operation) => Operation): void {
    const original: unknown = Reflect.get(table, name);
    if (typeof original !== 'function') throw new Error(`there is no ${name} to wrap`);
    Reflect.set(table, name, make(original as Operation));
    this.#undo.push(() => Reflect.set(table, name, original));
  }

  #wrapPaths(): void {
    for (const [name, place, need] of byPath) {
      this.#wrap(fs, `${name}Sync`, (original) => (...parameters) => {
        this.#check(name, parameters[place], need);
        return original(...parameters);
      });
      this.#wrap(fs.promises, name, (original) => async (...parameters): Promise<unknown> => {
        this.#check(name, parameters[place], need);
        return await original(...parameters);
      });
    }
  }

  #wrapContents(): void {
    for (const name of ['writeFile', 'appendFile']) {
      this.#wrap(fs, `${name}Sync`, (original) => (path, content, ...rest) => {
        const place = this.#pathOfDescriptor.get(Number(path)) ?? String(path);
        const kind = this.#meets(name, place, 'room');
        if (kind === 'short') original(path, firstHalf(content), ...rest);
        if (kind !== null) throw systemError(kind, name, place);
        return original(path, content, ...rest);
      });
      this.#wrap(fs.promises, name, (original) => async (path, content, ...rest) => {
        const kind = this.#meets(name, String(path), 'room');
        if (kind === 'short') await original(path, firstHalf(content), ...rest);
        if (kind !== null) throw systemError(kind, name, String(path));
        return await original(path, content, ...rest);
      });
    }
  }

  #wrapOpenings(): void {
    this.#wrap(fs, 'openSync', (original) => (path, flags, ...rest) => {
      if (!isForWriting(flags)) return original(path, flags, ...rest);
      this.#check('open', path, 'room');
      const descriptor = original(path, flags, ...rest);
      this.#pathOfDescriptor.set(Number(descriptor), String(path));
      return descriptor;
    });
    // As streams open their files.
    this.#wrap(fs, 'open', (original) => (path, flags, ...rest) => {
      if (!isForWriting(flags)) return original(path, flags, ...rest);
      const done = rest.at(-1) as Callback;
      const kind = this.#meets('open', String(path), 'room');
      if (kind !== null) {
        done(systemError(kind, 'open', String(path)));
        return;
      }
      const opened: Callback = (error, descriptor) => {
        if (error === null) this.#pathOfDescriptor.set(Number(descriptor), String(path));
        done(error, descriptor);
      };
      return original(path, flags, ...rest.slice(0, -1), opened);
    });
    this.#wrap(fs.promises, 'open', (original) => async (path, flags, ...rest) => {
      const isWritten = isForWriting(flags);
      if (isWritten) this.#check('open', path, 'room');
      const handle = (await original(path, flags, ...rest)) as FileHandle;
      // A folder is opened for its fsync.
      if (isWritten || (await handle.stat()).isDirectory()) this.#wrapHandle(handle, String(path));
      return handle;
    });
  }

  #wrapHandle(handle: FileHandle, path: string): void {
    for (const name of ['write', 'writeFile', 'appendFile']) {
      const original = (Reflect.get(handle, name) as Operation).bind(handle);
      Reflect.set(handle, name, async (content: unknown, ...rest: unknown[]) => {
        const kind = this.#meets(name, path, 'room');
        if (kind === 'short') await original(firstHalf(content));
        if (kind !== null) throw systemError(kind, name, path);
        return original(content, ...rest);
      });
    }
    // What passes need not reach the disk: no test cuts the power, and to wait for it takes most of the time.
    for (const name of ['sync', 'datasync']) {
      Reflect.set(handle, name, () => Promise.resolve().then(() => this.#check(name, path, 'room')));
    }
  }

  #wrapDescriptors(): void {
    for (const name of ['writeSync', 'fsyncSync']) {
      this.#wrap(fs, name, (original) => (descriptor, content, ...rest) => {
        const path = this.#pathOfDescriptor.get(Number(descriptor));
        const kind = path === undefined ? null : this.#meets(name, path, 'room');
        if (kind === 'short' && name === 'writeSync') original(descriptor, firstHalf(content));
        if (kind !== null) throw systemError(kind, name, path);
        return original(descriptor, content, ...rest);
      });
    }
    // As streams write their files.
    for (const name of ['write', 'writev', 'fsync']) {
      this.#wrap(fs, name, (original) => (descriptor, ...rest) => {
        const path = this.#pathOfDescriptor.get(Number(descriptor));
        const kind = path === undefined ? null : this.#meets(name, path, 'room');
        if (kind === null) return original(descriptor, ...rest);
        const done = rest.at(-1) as Callback;
        const [content] = rest;
        if (kind === 'short' && name === 'write') fs.writeSync(Number(descriptor), firstHalf(content));
        done(systemError(kind, name, path));
        return;
      });
    }
  }

  /** SQLite writes by itself: what begins or ends a transaction and what changes a row fails as it says. */
  #wrapDatabases(): void {
    const check = (operation: string, path: string | null): FaultKind | null =>
      path === null ? null : this.#meets(`sqlite ${operation}`, path, 'room');
    const pathOf = new WeakMap<object, string>();
    /** Databases in which a row has failed, or could have, since the last statement: all others fail alike. */
    const tried = new Set<string>();
    this.#wrap(
      sqlite.DatabaseSync.prototype,
      'exec',
      (original) =>
        function (this: sqlite.DatabaseSync, sql: unknown) {
          const text = String(sql);
          tried.delete(this.location() ?? '');
          const isWrite = /BEGIN|COMMIT|CREATE|DELETE|journal_mode|wal_checkpoint/i.test(text);
          const kind = isWrite ? check(text.trim().split(' ')[0] ?? '', this.location()) : null;
          if (kind === null) return original.call(this, sql);
          // A full disk makes SQLite give the transaction up by itself.
          if (kind === 'ENOSPC' && this.isTransaction) original.call(this, 'ROLLBACK');
          throw databaseError(kind);
        },
    );
    this.#wrap(
      sqlite.DatabaseSync.prototype,
      'prepare',
      (original) =>
        function (this: sqlite.DatabaseSync, sql: unknown) {
          const statement = original.call(this, sql) as object;
          if (/^\s*(INSERT|DELETE|UPDATE)/i.test(String(sql))) pathOf.set(statement, this.location() ?? '');
          return statement;
        },
    );
    this.#wrap(
      sqlite.StatementSync.prototype,
      'run',
      (original) =>
        function (this: object, ...parameters: unknown[]) {
          const path = pathOf.get(this);
          if (path !== undefined && !tried.has(path)) {
            tried.add(path);
            const kind = check('row', path);
            if (kind !== null) throw databaseError(kind);
          }
          return original.call(this, ...parameters);
        },
    );
  }
}

function isForWriting(flags: unknown): boolean {
  if (typeof flags === 'string') return /[wa+]/.test(flags);
  return typeof flags === 'number' && (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0;
}

function firstHalf(content: unknown): Uint8Array {
  const bytes = typeof content === 'string' ? Buffer.from(content) : (content as Uint8Array);
  return bytes.subarray(0, bytes.length >> 1);
}
