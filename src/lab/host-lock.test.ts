import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeHostLock } from './host-lock.ts';

describe('the lock of a library', () => {
  let library: string;
  beforeEach(() => {
    library = mkdtempSync(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rmSync(library, { recursive: true }));

  it('belongs to one host at a time, and the second learns who has it', () => {
    const lock = takeHostLock(library, 'the command line');
    expect(() => takeHostLock(library, 'the desktop app')).toThrow(
      new RegExp(`belongs to the command line \\(process ${String(process.pid)}, since`),
    );
    lock.release();
    const next = takeHostLock(library, 'the desktop app');
    lock.release();
    expect(() => takeHostLock(library, 'a third')).toThrow(/belongs to the desktop app/);
    next.release();
    expect(readdirSync(library)).toEqual(['host.sqlite']);
  });

  it('is free again the moment its process is killed, whatever the note says', async () => {
    const child = fork(join(import.meta.dirname, 'host-lock-child.ts'), [library]);
    await once(child, 'message');
    expect(() => takeHostLock(library, 'the command line')).toThrow(/belongs to the child/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The number of the killed process may belong to another by now; ours stands for it.
    const owner = { pid: process.pid, host: 'elsewhere', what: 'the child', since: '2026-01-01T00:00:00.000Z' };
    writeFileSync(join(library, 'host.json'), JSON.stringify(owner));
    takeHostLock(library, 'the command line').release();
  });

  it('is told of also where the note is damaged', () => {
    const lock = takeHostLock(library, 'the command line');
    writeFileSync(join(library, 'host.json'), '{ "pid"');
    expect(() => takeHostLock(library, 'the desktop app')).toThrow(/belongs to another program/);
    lock.release();
  });

  it('fails at once where it cannot be written', () => {
    mkdirSync(join(library, 'host.sqlite'));
    expect(() => takeHostLock(library, 'the command line')).toThrow(/cannot be taken/);
    rmSync(join(library, 'host.sqlite'), { recursive: true });
    mkdirSync(join(library, 'host.json'));
    expect(() => takeHostLock(library, 'the command line')).toThrow(/cannot be taken/);
    rmSync(join(library, 'host.json'), { recursive: true });
    takeHostLock(library, 'the command line').release();
  });
});
