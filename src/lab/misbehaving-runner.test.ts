import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endlessSpec, hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../test/open-lab.ts';
import type { OpenedLab } from '../../test/open-lab.ts';
import type { LabOptions } from './lab-options.ts';

let folder: string;
let opened: OpenedLab;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-misbehaviour-'));
});
afterEach(async () => {
  await opened.lab.close({ withdraw: true });
  rmSync(folder, { recursive: true, force: true });
});

const open = async (options: Partial<LabOptions> = {}): Promise<OpenedLab> => {
  opened = await openTestLab(join(folder, 'library'), options);
  return opened;
};

const noEntries = { probe: '', datasetTask: '', importTask: '', resources: '', root: '', built: false };

describe('a runner that misbehaves', () => {
  const misbehave = (how: string, { answer = 500 } = {}): Promise<OpenedLab> => {
    process.env.MISBEHAVIOUR = how;
    // Short where it must run out, long where a busy machine must not make it run out.
    const patience = {
      handshake: how === 'silent' ? 1000 : 20_000,
      silence: how === 'hangs' || how === 'ponders' ? 1000 : 20_000,
      answer,
    };
    const runner = resolve(import.meta.dirname, '../../test/misbehaving-runner.ts');
    return open({ patience, entries: { ...noEntries, runner } });
  };
  afterEach(() => {
    delete process.env.MISBEHAVIOUR;
  });

  it.each([
    ['silent', 'interrupted', 'runner/hung'],
    ['hangs', 'interrupted', 'runner/hung'],
    ['nonsense', 'interrupted', 'runner/protocol'],
    ['old', 'interrupted', 'runner/protocol-version'],
    ['dies', 'interrupted', 'runner/died'],
    ['stays', 'done', undefined],
  ])('by being %s is ended, and its run is %s', async (how, status, code) => {
    const { lab } = await misbehave(how);
    const pids = new Set<number>();
    lab.subscribe((_name, event) => {
      if ('process' in event && event.process !== null) pids.add(event.process.pid);
    });
    const run = await startRun(lab, tinySpec);
    const record = await untilRun(lab, run, hasEnded);
    expect({ status: record.status, code: record.error?.code }).toEqual({ status, code });
    expect(lab.runningCount()).toBe(0);
    expect(pids.size).toBe(1);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('only by a long silence that it announced is left alone', async () => {
    const { lab } = await misbehave('ponders');
    const run = await startRun(lab, tinySpec);
    expect(await untilRun(lab, run, hasEnded)).toMatchObject({ status: 'done', error: null });
  });

  it('by not answering does not hold up its caller, and a stop ends it', async () => {
    const { lab } = await misbehave('deaf');
    const run = await startRun(lab, tinySpec);
    await untilRun(lab, run, ({ status }) => status === 'running');
    await expect(lab.handlers['runs.pause']({ run })).rejects.toMatchObject({ code: 'runner/no-answer' });
    expect(await lab.handlers['runs.get']({ run })).toMatchObject({ status: 'running' });
    await lab.handlers['runs.stop']({ run });
    expect(await lab.handlers['runs.get']({ run })).toMatchObject({
      status: 'interrupted',
      error: { code: 'runner/no-answer' },
    });
  });

  it('by dying while it is asked lets nobody wait', async () => {
    const { lab } = await misbehave('deaf', { answer: 60_000 });
    const run = await startRun(lab, tinySpec);
    const { process: child } = await untilRun(lab, run, (record) => record.process !== null);
    const asked = expect(lab.handlers['runs.pause']({ run })).rejects.toMatchObject({ code: 'runner/gone' });
    process.kill(Number(child?.pid), 'SIGKILL');
    await asked;
  });

  it('only by taking long over a step, in JavaScript that waits for nothing, is left alone', async () => {
    // Its word comes once a second: a silence of several is not that of a busy machine.
    const { lab } = await open({ patience: { handshake: 20_000, silence: 5000, answer: 1000 } });
    const run = await startRun(lab, {
      ...endlessSpec,
      model: { kind: 'convnet', widths: Array.from({ length: 32 }, () => 4), batchNorm: false },
      dataset: { id: 'fashion-mnist-small', trainSize: 150 },
      batchSize: 150,
      executor: 'tfjs-cpu',
    });
    await untilRun(lab, run, ({ resolved }) => resolved !== null);
    await new Promise((resume) => setTimeout(resume, 8000));
    expect(await lab.handlers['runs.get']({ run })).toMatchObject({ status: 'running' });
  });

  it('by not starting at all fails alone', async () => {
    const { lab } = await open({
      entries: { ...noEntries, runner: join(folder, 'nothing.ts') },
    });
    const run = await startRun(lab, tinySpec);
    expect(await untilRun(lab, run, hasEnded)).toMatchObject({
      status: 'interrupted',
      error: { code: 'runner/died', message: expect.stringContaining('nothing.ts') as unknown },
    });
  });
});
