import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listDocument, runDocument } from '../../src/contracts/command-documents.ts';
import { doctorDocument } from '../../src/contracts/doctor.ts';
import { openLibrary } from '../../src/library/library.ts';
import { canMount } from '../can-mount.ts';
import { CommandLine } from '../command-line.ts';
import { openTestLab } from '../open-lab.ts';

/** For what a busy machine does late. */
const patience = { timeout: 60_000, interval: 100 };

if (!canMount) console.warn('SKIPPED: a library on a read-only mount; nothing can be mounted here.');

describe.skipIf(!canMount)('a library on a read-only mount', () => {
  let commands: CommandLine;
  let run: string;
  let killed = '';
  /** Once nobody writes there any more, which a killed process may do for an instant. */
  const makeReadOnly = (): Promise<unknown> =>
    vi.waitUntil(() => spawnSync('mount', ['-o', 'remount,ro', commands.library]).status === 0, patience);
  const pointsOf = (one: string) =>
    commands.run('metrics', one, '--series', 'train/loss', '--library', commands.library);
  const lines = (text: string): number => text.split('\n').length;

  beforeAll(async () => {
    commands = new CommandLine();
    mkdirSync(commands.library);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', commands.library]);
    const { runs } = await commands.json(runDocument, 'run', '--spec', commands.spec());
    run = runs[0]?.run ?? '';
    // A host and its run that were killed: the record says that it runs, and the last points are in SQLite's log.
    const endless = commands.spec({ steps: 10_000_000, evaluateEvery: 1_000_000 });
    const command = commands.start('run', '--spec', endless, '--library', commands.library);
    const library = await openLibrary(commands.library);
    const { id, pid } = await vi.waitUntil(async () => {
      const { records } = await library.runs.list();
      const record = records.find(({ status }) => status === 'running');
      return record?.process ? { id: record.id, pid: record.process.pid } : undefined;
    }, patience);
    await vi.waitUntil(async () => lines((await pointsOf(id)).stdout) > 10, patience);
    process.kill(pid, 'SIGSTOP');
    command.signal('SIGKILL');
    process.kill(pid, 'SIGKILL');
    killed = id;
    await command.ended;
    await makeReadOnly();
  }, 240_000);
  afterAll(async () => {
    execFileSync('umount', ['--lazy', commands.library]);
    await commands.dispose();
  });

  it('is read by every verb that reads, also the points of a killed run, and stays as it is', async () => {
    const before = readdirSync(commands.library, { recursive: true });
    const { runs } = await commands.json(listDocument, 'list');
    expect(runs.map((one) => one.run).toSorted()).toEqual([run, killed].toSorted());
    const points = await pointsOf(killed);
    expect(points.code).toBe(0);
    expect(lines(points.stdout)).toBeGreaterThan(10);
    for (const verb of [
      ['show', run],
      ['checkpoints', 'list', run],
      ['export', run, '--format', 'csv', '--out', join(commands.folder, 'points.csv')],
    ]) {
      expect(await commands.run(...verb, '--library', commands.library)).toMatchObject({ code: 0, stderr: '' });
    }
    expect(await commands.json(doctorDocument, 'doctor')).toMatchObject({ sound: true });
    expect(readdirSync(commands.library, { recursive: true })).toEqual(before);
  }, 120_000);

  it('is shown by a host, which refuses what would change it', async () => {
    const { lab, problems } = await openTestLab(commands.library);
    expect(await lab.handlers['host.information'](null)).toMatchObject({ library: { readOnly: true } });
    expect((await lab.handlers['runs.list'](null)).map(({ id }) => id).toSorted()).toEqual([run, killed].toSorted());
    const curves = await lab.handlers['metrics.read']({ runs: [run, killed], series: ['train/loss'], points: 50 });
    expect(curves.map(({ series }) => (series['train/loss']?.steps.length ?? 0) > 0)).toEqual([true, true]);
    const refusal = { code: expect.stringMatching(/^library\/read-only$/) as string };
    const { spec } = await lab.handlers['runs.get']({ run });
    if (spec === null) throw new Error('it was trained here');
    const definition = { base: JSON.parse(JSON.stringify(spec)) as Record<string, never>, axes: { seed: [8] } };
    for (const refused of [
      () => lab.handlers['runs.create']({ spec, seeds: [9] }),
      () => lab.handlers['runs.rename']({ run, name: 'another' }),
      () => lab.handlers['runs.remove']({ run }),
      () => lab.handlers['runs.resume']({ run: killed }),
      () => lab.handlers['checkpoints.prune']({ run, rule: { every: 1000 }, dryRun: false }),
      () => lab.handlers['queue.pause'](null),
      () => lab.handlers['sweeps.create']({ definition, again: true }),
      () => lab.handlers['runs.verify']({ run }),
      () => lab.handlers['imports.run']({ paths: ['/nothing'], as: undefined, mapping: undefined, force: false }),
    ]) {
      await expect(refused()).rejects.toMatchObject(refusal);
    }
    expect((await lab.handlers['runs.get']({ run })).name).not.toBe('another');
    await lab.close();
    expect(problems).toEqual([]);
  });

  it('is refused in one line by verbs that write', async () => {
    for (const verb of [
      ['run', '--spec', commands.spec()],
      ['resume', killed],
      ['doctor', '--fix'],
      ['queue', 'pause'],
    ]) {
      const { code, stdout, stderr } = await commands.run(...verb, '--library', commands.library);
      expect({ verb, code, stdout }).toEqual({ verb, code: 1, stdout: '' });
      expect(stderr).toMatch(/^library\/(read-only|not-writable): [^\n]*Remedy: [^\n]*\n$/);
    }
  }, 120_000);
});
