import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endlessSpec, hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../../test/open-lab.ts';
import type { QueueEntry } from '../../contracts/queue.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import { openLibrary } from '../../library/library.ts';
import { RunStore } from '../../library/run-store.ts';
import type { Lab } from '../lab.ts';
import type { LabOptions } from '../lab-options.ts';

let folder: string;
const open: Lab[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-queue-'));
});
afterEach(async () => {
  for (const lab of open.splice(0)) await lab.close();
  rmSync(folder, { recursive: true, force: true });
});

async function labWith(options: Partial<LabOptions> = {}): Promise<Lab> {
  const { lab } = await openTestLab(join(folder, 'library'), { cores: 1, ...options });
  open.push(lab);
  return lab;
}
/** A lab whose queue rests, so that runs can be put in order before the first starts. */
async function restingLab(): Promise<Lab> {
  const lab = await labWith();
  await lab.handlers['queue.pause'](null);
  return lab;
}
const entries = async (lab: Lab): Promise<QueueEntry[]> => (await lab.handlers['queue.read'](null)).entries;
const waiting = async (lab: Lab): Promise<string[]> => (await entries(lab)).map(({ run }) => run);
const ended = (lab: Lab, run: string) => untilRun(lab, run, hasEnded);
const graftOf = (run: string, changes: Partial<RunSpec> = {}): RunSpec => ({
  ...tinySpec,
  method: 'external-grafting',
  graft: { trace: { run }, mode: 'hold' },
  ...changes,
});

describe('a queue', () => {
  it('gives one run that waits to a host that is asked to go on with it, and no other', async () => {
    const before = await labWith({ trains: 'nothing' });
    const [asked, other] = [await startRun(before, tinySpec), await startRun(before, tinySpec)];
    await before.close();
    const lab = await labWith({ trains: 'created' });
    await lab.handlers['runs.resume']({ run: asked });
    expect(await ended(lab, asked)).toMatchObject({ status: 'done' });
    expect(await waiting(lab)).toEqual([other]);
  });

  it('trains in the order that people give it, by priority first', async () => {
    const lab = await restingLab();
    const [a, b, c, d] = [1, 2, 3, 4].map(() => startRun(lab, tinySpec));
    const runs = await Promise.all([a, b, c, d]);
    const [first = '', second = '', third = '', fourth = ''] = await waiting(lab);
    await lab.handlers['queue.move']({ runs: [third], to: 'top' });
    await lab.handlers['queue.prioritise']({ runs: [fourth], priority: 'high' });
    expect(await waiting(lab)).toEqual([fourth, third, first, second]);
    await lab.handlers['queue.start'](null);
    for (const run of runs) await ended(lab, String(run));
    const records = await lab.handlers['runs.list'](null);
    const byStart = records.toSorted((left, right) => String(left.startedAt).localeCompare(String(right.startedAt)));
    expect(byStart.map(({ id }) => id)).toEqual([fourth, third, first, second]);
  });

  it('starts nothing while it rests, and lets go on what trains', async () => {
    const lab = await labWith({ cores: 2 });
    const training = await startRun(lab, endlessSpec);
    await lab.handlers['queue.pause'](null);
    const next = await startRun(lab, tinySpec);
    await untilRun(lab, training, ({ step }) => step > 0);
    expect(await lab.handlers['runs.get']({ run: next })).toMatchObject({ status: 'queued' });
    await lab.handlers['queue.start'](null);
    expect((await ended(lab, next)).status).toBe('done');
  });

  it('says how many threads it shares out and uses', async () => {
    const lab = await labWith({ cores: 4 });
    await startRun(lab, { ...endlessSpec, threads: 3 });
    const waits = await startRun(lab, { ...endlessSpec, threads: 2 });
    const view = await lab.handlers['queue.read'](null);
    expect(view.threads).toEqual({ budget: 4, used: 3 });
    expect(view.entries).toEqual([{ run: waits, priority: 'normal', state: 'ready', reason: null }]);
  });

  it('refuses to move what does not wait', async () => {
    const lab = await labWith();
    const training = await startRun(lab, endlessSpec);
    await untilRun(lab, training, ({ status }) => status === 'running');
    await expect(lab.handlers['queue.move']({ runs: [training], to: 'top' })).rejects.toMatchObject({
      code: 'queue/not-queued',
      message: expect.stringContaining('is running') as string,
    });
  });
});

describe('a restart', () => {
  it('keeps order, priorities and rest, and trains on from there', async () => {
    const before = await restingLab();
    const [a, b, c] = [
      await startRun(before, tinySpec),
      await startRun(before, tinySpec),
      await startRun(before, tinySpec),
    ];
    await before.handlers['queue.move']({ runs: [c], to: 'top' });
    await before.handlers['queue.prioritise']({ runs: [b], priority: 'low' });
    await before.close();

    const after = await labWith();
    expect(await after.handlers['queue.read'](null)).toMatchObject({
      paused: true,
      entries: [
        { run: c, priority: 'normal' },
        { run: a, priority: 'normal' },
        { run: b, priority: 'low' },
      ],
    });
    await after.handlers['queue.start'](null);
    expect((await ended(after, b)).status).toBe('done');
  });

  it('in mid-queue interrupts what trained and goes on with the rest, never with that run again', async () => {
    const before = await labWith();
    const training = await startRun(before, endlessSpec);
    const next = await startRun(before, tinySpec);
    const { process: runner } = await untilRun(before, training, (record) => record.process !== null);
    await before.close();
    // As a host that was killed leaves it: the record still says that it trains.
    const store = new RunStore((await openLibrary(join(folder, 'library'))).folder, false);
    await store.save({ ...(await store.get(training)), status: 'running', process: runner, endedAt: null });

    const after = await labWith();
    expect((await ended(after, next)).status).toBe('done');
    expect(await after.handlers['runs.get']({ run: training })).toMatchObject({ status: 'interrupted' });
  });

  it('keeps the runs of a queue whose file is damaged, oldest first, and says so', async () => {
    const before = await restingLab();
    const runs = [await startRun(before, tinySpec), await startRun(before, tinySpec)];
    await before.handlers['queue.move']({ runs: [String(runs[1])], to: 'top' });
    await before.close();
    writeFileSync(join(folder, 'library', 'queue.json'), '{"schema": 1, "order": [');
    const { lab, problems } = await openTestLab(join(folder, 'library'), { trains: 'nothing' });
    open.push(lab);
    expect(problems).toEqual([expect.objectContaining({ code: 'queue/damaged' })]);
    expect(await waiting(lab)).toEqual(runs);
  });
});

describe('a run that takes the trace of another', () => {
  it('waits until that one is done, and then grafts what it recorded', async () => {
    const lab = await restingLab();
    const source = await startRun(lab, tinySpec);
    const dependent = await startRun(lab, graftOf(source));
    await lab.handlers['queue.move']({ runs: [dependent], to: 'top' });
    expect(await entries(lab)).toEqual([
      expect.objectContaining({ run: dependent, state: 'waiting', reason: expect.stringContaining(source) as string }),
      expect.objectContaining({ run: source, state: 'ready' }),
    ]);
    await lab.handlers['queue.start'](null);
    expect((await ended(lab, dependent)).status).toBe('done');
    const batches = await lab.handlers['metrics.read']({
      runs: [source, dependent],
      series: ['train/gradient_norm', 'train/step_length'],
      points: 1000,
    });
    const rate = Number(tinySpec.learningRate);
    const norms = batches[0]?.series['train/gradient_norm']?.values.map((norm) => rate * Number(norm));
    const lengths = batches[1]?.series['train/step_length']?.values;
    expect(lengths?.length).toBe(tinySpec.steps);
    for (const [step, length] of (lengths ?? []).entries()) expect(length).toBeCloseTo(norms?.[step] ?? Number.NaN, 5);
  });

  it('is blocked where that one failed, stopped or was removed, does not start, and lets others pass', async () => {
    const lab = await restingLab();
    const source = await startRun(lab, endlessSpec);
    const dependent = await startRun(lab, graftOf(source));
    const chained = await startRun(lab, graftOf(dependent));
    const other = await startRun(lab, tinySpec);
    await lab.handlers['runs.stop']({ run: source });
    await lab.handlers['queue.start'](null);
    expect((await ended(lab, other)).status).toBe('done');
    expect(await entries(lab)).toEqual([
      expect.objectContaining({
        run: dependent,
        state: 'blocked',
        reason: expect.stringContaining('stopped') as string,
      }),
      expect.objectContaining({ run: chained, state: 'blocked', reason: expect.stringContaining('blocked') as string }),
    ]);
    await lab.handlers['runs.remove']({ run: source });
    expect((await entries(lab))[0]).toMatchObject({
      state: 'blocked',
      reason: expect.stringContaining('not in this library') as string,
    });
    expect(await lab.handlers['runs.get']({ run: dependent })).toMatchObject({ status: 'queued', step: 0 });
  });

  it('is refused where that one was never there', async () => {
    const lab = await labWith();
    await expect(lab.handlers['runs.create']({ spec: graftOf('nobody'), seeds: [1] })).rejects.toMatchObject({
      code: 'trace/unknown-run',
    });
    const warm = { ...graftOf('nobody'), initialWeights: { weights: 'nothing' } };
    await expect(lab.handlers['runs.create']({ spec: warm, seeds: [1] })).rejects.toMatchObject({
      code: 'weights/unknown',
    });
    expect(await lab.handlers['runs.list'](null)).toEqual([]);
  });

  it('is refused at once where that one has ended too early for it, or lacks the curve', async () => {
    const lab = await labWith();
    const source = await startRun(lab, tinySpec);
    await ended(lab, source);
    const longer = graftOf(source, { steps: tinySpec.steps + 100 });
    await expect(startRun(lab, longer)).rejects.toMatchObject({ code: 'trace/too-short' });
    const learningRate = { trace: { run: source }, column: 'nothing' };
    const other: RunSpec = { ...tinySpec, method: 'normalized-gradient', learningRate };
    await expect(startRun(lab, other)).rejects.toMatchObject({ code: 'trace/unknown-run' });
    expect(await ended(lab, await startRun(lab, graftOf(source)))).toMatchObject({ status: 'done' });
  });

  it('is blocked where files that somebody edited make it wait for itself, and such a source is refused', async () => {
    const before = await restingLab();
    const a = await startRun(before, tinySpec);
    const b = await startRun(before, graftOf(a));
    await before.close();
    const file = join(folder, 'library', 'runs', a, 'run.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...record, spec: graftOf(b) }));
    const lab = await labWith();
    expect((await entries(lab)).map(({ state }) => state)).toEqual(['blocked', 'blocked']);
    await expect(startRun(lab, graftOf(b))).rejects.toMatchObject({ code: 'queue/cycle' });
  });
});

describe('a retry', () => {
  it('trains a stopped run from its first step again, keeps its history, and sets aside what it had recorded', async () => {
    const lab = await labWith();
    const run = await startRun(lab, endlessSpec);
    await untilRun(lab, run, ({ step }) => step > 0);
    await lab.handlers['runs.stop']({ run });
    const stopped = await lab.handlers['runs.get']({ run });
    await lab.handlers['queue.pause'](null);
    const queued = await lab.handlers['runs.retry']({ run });
    expect(queued).toMatchObject({ id: run, status: 'queued', step: 0, final: {}, best: null, endedAt: null });
    expect(queued.history.map(({ event }) => event)).toEqual(['created', 'started', 'stopped', 'retried']);
    expect(queued.history.at(-1)).toMatchObject({ step: stopped.step });
    const [now] = await lab.handlers['metrics.read']({ runs: [run], series: [], points: 10 });
    expect(now?.series).toEqual({});
    const kept = readFileSync(join(folder, 'library', 'runs', run, 'attempts', '1', 'log.txt'), 'utf8');
    expect(kept).toContain(`stopped at step ${String(stopped.step)}`);
    await lab.handlers['queue.start'](null);
    await untilRun(lab, run, ({ status, step }) => status === 'running' && step > 0);
  });

  it('frees those that wait for its trace', async () => {
    const lab = await restingLab();
    const source = await startRun(lab, tinySpec);
    const dependent = await startRun(lab, graftOf(source));
    await lab.handlers['runs.stop']({ run: source });
    expect((await entries(lab))[0]).toMatchObject({ run: dependent, state: 'blocked' });
    await lab.handlers['runs.retry']({ run: source });
    await lab.handlers['queue.start'](null);
    expect((await ended(lab, dependent)).status).toBe('done');
  });

  it('is refused for a run that is done, trains or waits', async () => {
    const lab = await labWith();
    const done = await startRun(lab, tinySpec);
    await ended(lab, done);
    const training = await startRun(lab, endlessSpec);
    for (const run of [done, training]) {
      await expect(lab.handlers['runs.retry']({ run })).rejects.toMatchObject({ code: 'run/wrong-status' });
    }
  });

  it('happens to no run by itself: one whose process is killed stays interrupted', async () => {
    const lab = await labWith();
    const run = await startRun(lab, endlessSpec);
    const { process: runner } = await untilRun(lab, run, (record) => record.process !== null && record.step > 0);
    process.kill(runner?.pid ?? 0, 'SIGKILL');
    const next = await startRun(lab, tinySpec);
    await ended(lab, next);
    expect(await lab.handlers['runs.get']({ run })).toMatchObject({ status: 'interrupted' });
    expect(await waiting(lab)).toEqual([]);
  });
});

describe('a new run', () => {
  it.each([
    [{ trainSize: 6001 }, 'data/train-size-too-large'],
    [{ resize: 29 }, 'data/resize-too-large'],
    [{ split: 'reference' as const }, 'data/no-such-split'],
  ])('whose set cannot give %j is refused before it is queued', async (changes, code) => {
    const lab = await labWith();
    const spec = { ...tinySpec, dataset: { ...tinySpec.dataset, ...changes } };
    await expect(lab.handlers['runs.create']({ spec, seeds: [1] })).rejects.toMatchObject({ code });
    expect(await lab.handlers['runs.list'](null)).toEqual([]);
  });
});
