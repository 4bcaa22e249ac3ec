import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endlessSpec, hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../../../test/open-lab.ts';
import type { OpenedLab } from '../../../test/open-lab.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { runSpec } from '../../contracts/run-spec.ts';
import type { RunSpec, RunSpecInput } from '../../contracts/run-spec.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import { readMetrics } from '../../library/metric-reader.ts';

/** What dies, is damaged or closed goes on as if nothing had happened: with real training processes. */
let folder: string;
let library: string;
let opened: OpenedLab;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-recovery-'));
  library = join(folder, 'library');
  opened = await openTestLab(library);
});
afterEach(async () => {
  await opened.lab.close({ withdraw: true });
  rmSync(folder, { recursive: true, force: true });
});

const runFolder = (run: string): string => join(library, 'runs', run);
const store = (run: string): CheckpointStore => new CheckpointStore(runFolder(run));
const manifest = (run: string, step: number): string =>
  join(runFolder(run), 'checkpoints', `step-${String(step).padStart(9, '0')}.json`);
const isDone = ({ status }: RunRecord): boolean => status === 'done' || status === 'failed';
const resume = (run: string): Promise<null> => opened.lab.handlers['runs.resume']({ run });

async function train(spec: RunSpec): Promise<string> {
  const run = await startRun(opened.lab, spec);
  expect(await untilRun(opened.lab, run, hasEnded)).toMatchObject({ status: 'done', error: null });
  return run;
}

/** Every recorded point but those of the clock. */
function recorded(run: string): unknown {
  return readMetrics(join(runFolder(run), 'metrics.sqlite'))
    .filter(({ name }) => !name.startsWith('system/'))
    .map(({ name, steps, values }) => [name, [...steps], [...values]]);
}

/** Kills the training process of a run, wherever it is. */
async function kill(run: string): Promise<RunRecord> {
  const { process: child } = await opened.lab.handlers['runs.get']({ run });
  if (child !== null) process.kill(child.pid, 'SIGKILL');
  return untilRun(opened.lab, run, hasEnded);
}

const steps = 1200;
const base = {
  ...{ ...tinySpec, microBatchSize: undefined, steps, evaluateEvery: 100, checkpoints: { every: 100, perDecade: 2 } },
  stopWhen: { plateau: { evaluations: 1000, gain: 0 } },
} as const satisfies RunSpecInput;
const large = { ...base, batchSize: 32, microBatchSize: 8, learningRate: 0.02 } as const;
const methods: Readonly<Record<string, RunSpecInput>> = {
  'small-batch on augmented images': { ...base, dataset: { ...base.dataset, augment: true } },
  'gradient-norm on one random micro-batch, with batch norm and instruments': {
    ...large,
    ...{ method: 'gradient-norm', lambda: 0.01, sample: true, steps: 300 },
    model: { kind: 'convnet', widths: [2, 'pool'], batchNorm: true },
    instruments: [{ id: 'gradient-norm', every: 7 }],
  },
  'unit-jacobian, with random directions': { ...large, method: 'unit-jacobian', lambda: 0.01, steps: 600 },
};

describe('a run whose process is killed at any instant', () => {
  async function expectSameAfterKills(spec: RunSpec, kills: number): Promise<void> {
    const whole = await train(spec);
    const run = await startRun(opened.lab, spec);
    for (let round = 0; round < kills; round += 1) {
      await untilRun(
        opened.lab,
        run,
        ({ resolved, status }) => (resolved !== null && status === 'running') || status === 'done',
      );
      await wait(Math.random() * 250);
      const record = await kill(run);
      if (record.status === 'interrupted') await resume(run);
    }
    const record = await untilRun(opened.lab, run, isDone);
    expect(record).toMatchObject({ status: 'done', step: spec.steps, error: null });
    expect(recorded(run)).toEqual(recorded(whole));
    expect(await store(run).stateHash(spec.steps)).toBe(await store(whole).stateHash(spec.steps));
    const kept = async (id: string): Promise<unknown> =>
      (await store(id).list()).filter(({ labels }) => labels.length > 0).map(({ step, labels }) => [step, labels]);
    expect(await kept(run)).toEqual(await kept(whole));
    expect(record.best).toEqual((await opened.lab.handlers['runs.get']({ run: whole })).best);
  }

  it.each(Object.keys(methods))('ends with the same bytes and points as one that was left alone: %s', async (name) => {
    await expectSameAfterKills(runSpec.parse(methods[name]), 2);
  });

  it('does so where it grafts the curve of another run', async () => {
    const source = await train(runSpec.parse(base));
    const grafting = { method: 'external-grafting', graft: { trace: { run: source } } } as const;
    await expectSameAfterKills(runSpec.parse({ ...large, ...grafting }), 2);
  });

  it('begins anew where it has no checkpoint yet, without a doubled point', async () => {
    const run = await startRun(opened.lab, { ...endlessSpec, steps: 3000 });
    await untilRun(opened.lab, run, ({ step }) => step > 0);
    expect(await kill(run)).toMatchObject({ status: 'interrupted' });
    await resume(run);
    expect(await untilRun(opened.lab, run, isDone)).toMatchObject({ status: 'done' });
    const [losses] = readMetrics(join(runFolder(run), 'metrics.sqlite'), ['train/loss']);
    expect([...(losses?.steps ?? [])]).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1));
  });
});

describe('a run that is stopped, paused or closed', () => {
  it('saves its last state when stopped, and goes on from exactly there', async () => {
    const run = await startRun(opened.lab, endlessSpec);
    await untilRun(opened.lab, run, ({ step }) => step > 0);
    await opened.lab.handlers['runs.stop']({ run });
    const { step } = await opened.lab.handlers['runs.get']({ run });
    expect((await store(run).list()).at(-1)).toMatchObject({ step, labels: ['last'] });
    await resume(run);
    const goingOn = await untilRun(opened.lab, run, (record) => record.status === 'running' && record.step > step);
    expect(goingOn.history.map(({ event }) => event)).toEqual(['created', 'started', 'stopped', 'resumed', 'started']);
    expect(goingOn.history[3]).toMatchObject({ step, reason: `it was stopped at step ${String(step)}` });
  });

  it('rests when its program closes, and can be resumed by the next one', async () => {
    const run = await startRun(opened.lab, endlessSpec);
    await untilRun(opened.lab, run, ({ step }) => step > 0);
    await opened.lab.close();
    opened = await openTestLab(library);
    const { status, step, process: child } = await opened.lab.handlers['runs.get']({ run });
    expect({ status, child }).toEqual({ status: 'paused', child: null });
    await resume(run);
    await untilRun(opened.lab, run, (record) => record.status === 'running' && record.step > step);
  });

  it('answers a request for a checkpoint when it is durable, also while it rests', async () => {
    const run = await startRun(opened.lab, endlessSpec);
    await untilRun(opened.lab, run, ({ step }) => step > 0);
    const { step } = await opened.lab.handlers['checkpoints.save']({ run });
    expect((await store(run).read(step)).counters.step).toBe(step);
    await opened.lab.handlers['runs.pause']({ run });
    const resting = await opened.lab.handlers['checkpoints.save']({ run });
    expect((await store(run).list()).at(-1)?.step).toBe(resting.step);
  });

  it('refuses to resume one that is done', async () => {
    const run = await train(tinySpec);
    await expect(resume(run)).rejects.toMatchObject({ code: 'run/wrong-status' });
  });
});

describe('a damaged checkpoint', () => {
  it('is passed over for the one before, with a note', async () => {
    const spec = { ...tinySpec, steps: 1200, checkpoints: { every: 100, keepBest: true } };
    const whole = await train(spec);
    const run = await startRun(opened.lab, { ...spec, steps: 1_000_000 });
    await untilRun(opened.lab, run, ({ step }) => step > 250);
    await opened.lab.handlers['runs.stop']({ run });
    const [before, last] = (await store(run).list()).slice(-2);
    truncateSync(manifest(run, last?.step ?? 0), 50);
    await resume(run);
    const { history } = await untilRun(opened.lab, run, ({ history: events }) =>
      events.some(({ reason }) => reason?.includes('damaged') ?? false),
    );
    const note = history.find(({ reason }) => reason?.includes('damaged') ?? false);
    expect(note).toMatchObject({ event: 'resumed', step: before?.step });
    await untilRun(opened.lab, run, ({ step }) => step > 1200);
    expect(await store(run).stateHash(1200)).toBe(await store(whole).stateHash(1200));
  });
});

describe('a full disk', () => {
  it('costs a checkpoint, not the run', async () => {
    const run = await startRun(opened.lab, { ...tinySpec, steps: 100_000, checkpoints: { every: 50, keepBest: true } });
    await untilRun(opened.lab, run, ({ step }) => step > 100);
    await opened.lab.handlers['runs.pause']({ run });
    // A file where the folder of tensors should be: nothing can be written there, whoever asks.
    rmSync(join(runFolder(run), 'checkpoints'), { recursive: true, force: true });
    writeFileSync(join(runFolder(run), 'checkpoints'), '');
    await resume(run);
    const { step } = await opened.lab.handlers['runs.get']({ run });
    await untilRun(opened.lab, run, (record) => record.step > step + 100);
    expect((await opened.lab.handlers['runs.log']({ run })).join('\n')).toContain('could not be written');
    await expect(opened.lab.handlers['checkpoints.save']({ run })).rejects.toMatchObject({ code: /^library\// });
    rmSync(join(runFolder(run), 'checkpoints'));
    // A save joins the one under way, which may have begun while nothing could be written.
    await vi.waitFor(() => opened.lab.handlers['checkpoints.save']({ run }), { timeout: 30_000 });
  });
});

describe('a fork', () => {
  const parentSpec = { ...tinySpec, steps: 60, checkpoints: { every: 20, keepBest: true } };

  it('with the same settings takes the steps of its parent, and needs it no more', async () => {
    const parent = await train(parentSpec);
    const fork = await opened.lab.handlers['runs.fork']({ run: parent, step: 20, spec: parentSpec });
    const record = await untilRun(opened.lab, fork.id, isDone);
    expect(record).toMatchObject({ status: 'done', step: 60, parent: { run: parent, step: 20 } });
    expect(await store(fork.id).stateHash(60)).toBe(await store(parent).stateHash(60));
    expect(readMetrics(join(runFolder(fork.id), 'metrics.sqlite'), ['train/loss'])[0]?.steps[0]).toBe(21);
    await opened.lab.handlers['runs.remove']({ run: parent });
    expect((await store(fork.id).read(20)).counters.step).toBe(20);
  });

  it('that is trained anew begins with its checkpoint again', async () => {
    const parent = await train(parentSpec);
    const { id } = await opened.lab.handlers['runs.fork']({ run: parent, step: 20, spec: { ...endlessSpec } });
    await untilRun(opened.lab, id, ({ step }) => step > 20);
    await opened.lab.handlers['runs.stop']({ run: id });
    await opened.lab.handlers['runs.remove']({ run: parent });
    await opened.lab.handlers['runs.retry']({ run: id });
    await untilRun(opened.lab, id, ({ status, step }) => status === 'running' && step > 20);
    await opened.lab.handlers['runs.stop']({ run: id });
    expect(readMetrics(join(runFolder(id), 'metrics.sqlite'), ['train/loss'])[0]?.steps[0]).toBe(21);
  });

  it('can go on by another method, with another learning rate', async () => {
    const parent = await train(parentSpec);
    const spec = runSpec.parse({ ...parentSpec, method: 'normalized-gradient', learningRate: 0.01, steps: 80 });
    const fork = await opened.lab.handlers['runs.fork']({ run: parent, step: 40, spec });
    expect(await untilRun(opened.lab, fork.id, isDone)).toMatchObject({ status: 'done', step: 80 });
    expect((await store(fork.id).read('last')).method.id).toBe('normalized-gradient');
  });

  it('refuses what its checkpoint does not fit', async () => {
    const parent = await train(parentSpec);
    const fork = (step: number, changes: Partial<RunSpec>): Promise<unknown> =>
      opened.lab.handlers['runs.fork']({ run: parent, step, spec: { ...parentSpec, ...changes } });
    await expect(fork(20, { model: { kind: 'mlp', widths: [9] } })).rejects.toMatchObject({
      code: 'fork/fixed-setting',
    });
    await expect(fork(20, { seed: 9 })).rejects.toMatchObject({ code: 'fork/fixed-setting' });
    await expect(fork(20, { steps: 20 })).rejects.toMatchObject({ code: 'fork/no-steps-left' });
    await expect(fork(21, {})).rejects.toMatchObject({ code: 'checkpoint/unknown-step' });
    expect(readdirSync(join(library, 'runs'))).toEqual([parent]);
  });
});

describe('verifying a run', () => {
  it('takes steps again, finds the same bytes, and keeps a certificate', async () => {
    const run = await train({ ...tinySpec, steps: 60, checkpoints: { every: 20, keepBest: true } });
    const certificate = await opened.lab.handlers['runs.verify']({ run });
    expect(certificate).toMatchObject({
      outcome: 'verified',
      notes: [],
      damaged: [],
      execution: { executor: expect.any(String) as string, deterministic: true },
      replay: { from: 40, to: 60, equal: true },
    });
    expect(certificate.files.map(({ path }) => path)).toContain('metrics.sqlite');
    expect(await opened.lab.handlers['runs.certificate']({ run })).toEqual(certificate);
    expect(readdirSync(join(library, 'runs'))).toEqual([run]);
  });

  it('fails where a checkpoint is damaged or was made by other steps', async () => {
    const run = await train({ ...tinySpec, steps: 60, checkpoints: { every: 20, keepBest: true } });
    const { state, ...context } = await store(run).load(40);
    const { reasons, seconds, validation, best, execution } = context;
    const parameters = Object.fromEntries(
      Object.entries(state.parameters).map(([name, data]) => [name, data.map((value) => value + 1e-3)]),
    );
    await store(run).write({ ...state, parameters }, { reasons, seconds, validation, best, execution });
    expect(await opened.lab.handlers['runs.verify']({ run })).toMatchObject({
      outcome: 'failed',
      replay: { from: 40, to: 60, equal: false },
    });
    truncateSync(manifest(run, 20), 10);
    expect(await opened.lab.handlers['runs.verify']({ run })).toMatchObject({
      outcome: 'failed',
      damaged: [{ code: 'checkpoint/damaged' }],
    });
  });
});
