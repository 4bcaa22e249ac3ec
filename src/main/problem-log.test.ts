import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MicrobatchError } from '../contracts/errors.ts';
import { openProblemLog } from './problem-log.ts';

describe('the log of problems', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('keeps where, when and what, with the stack of a failure that was not foreseen', () => {
    const log = openProblemLog(join(folder, 'logs'));
    log.write('library', new MicrobatchError({ code: 'run/damaged', message: 'run.json is torn', remedy: 'copy it' }));
    log.write('call runs.get', new TypeError('no such thing'));
    const [first, ...rest] = readFileSync(log.file, 'utf8').split('\n');
    expect(first).toMatch(/^\d{4}-\d\d-\d\dT\S+Z library: run\/damaged: run\.json is torn\. Remedy: copy it\.$/);
    expect(rest.join('\n')).toMatch(/call runs\.get: TypeError: no such thing\n\s+at /);
  });

  it('puts a full file away and goes on in a new one', () => {
    writeFileSync(join(folder, 'main.log'), 'x'.repeat(1_000_000));
    openProblemLog(folder).write('window', 'reloaded');
    expect(readdirSync(folder).sort()).toEqual(['main.log', 'main.old.log']);
    expect(readFileSync(join(folder, 'main.log'), 'utf8')).toMatch(/ window: reloaded\n$/);
  });

  it('tells its last lines, also those of the file before', () => {
    writeFileSync(join(folder, 'main.old.log'), 'one\ntwo\n');
    const log = openProblemLog(folder);
    log.write('window', 'three');
    expect(log.tail(2)).toEqual(['two', expect.stringMatching(/ window: three$/)]);
    expect(openProblemLog(join(folder, 'none')).tail(2)).toEqual([]);
  });

  it('does not fail where it cannot write', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openProblemLog(join(folder, 'file', 'below')).write('window', 'reloaded')).not.toThrow();
  });
});
