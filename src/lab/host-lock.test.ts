import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHostLock, takeHostLock } from './host-lock.ts';

describe('the lock of a library', () => {
  let library: string;
  beforeEach(() => {
    library = mkdtempSync(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rmSync(library, { recursive: true }));

  const leaveLock = (pid: number, host: string): void => {
    const owner = { pid, host, what: 'the desktop app', since: '2026-01-01T00:00:00.000Z' };
    writeFileSync(join(library, 'host.json'), JSON.stringify(owner));
  };

  it('belongs to one host at a time, and the second learns who has it', () => {
    const lock = takeHostLock(library, 'the command line');
    expect(readHostLock(library)?.pid).toBe(process.pid);
    expect(() => takeHostLock(library, 'the desktop app')).toThrow(
      new RegExp(`belongs to the command line \\(process ${String(process.pid)}`),
    );
    lock.release();
    takeHostLock(library, 'the desktop app').release();
  });

  it('is taken over from a process that is gone, and leaves nothing behind', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    leaveLock(pid, hostname());
    takeHostLock(library, 'the command line').release();
    expect(readdirSync(library)).toEqual([]);
  });

  it('is respected where its process runs on another machine', () => {
    leaveLock(1, 'another-machine.example');
    expect(() => takeHostLock(library, 'the command line')).toThrow(/belongs to the desktop app/);
  });

  it('is taken over where the note is damaged', () => {
    writeFileSync(join(library, 'host.json'), '{ "pid"');
    takeHostLock(library, 'the command line').release();
  });

  it('is not released by a host that lost it', () => {
    const lock = takeHostLock(library, 'the command line');
    leaveLock(process.ppid, hostname());
    lock.release();
    expect(existsSync(join(library, 'host.json'))).toBe(true);
  });
});
