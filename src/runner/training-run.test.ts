import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instrumentIds } from '../contracts/instruments.ts';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpecInput } from '../contracts/run-spec.ts';
import type { FromRunner } from '../contracts/runner-protocol.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import { readMetrics } from '../library/metric-reader.ts';
import type { RecordedSeries } from '../library/metric-reader.ts';
import { findStop } from '../statistics/stop-watch.ts';
import { RunControl } from './run-control.ts';
import { TrainingRun } from './training-run.ts';

const resources = join(import.meta.dirname, '../../resources');
let library = '';
beforeAll(() => {
  library = mkdtempSync(join(tmpdir(), 'training-run-'));
});
afterAll(() => rmSync(library, { recursive: true }));

const folder = (run: string): string => join(library, 'runs', run);

/** Trains a small spec in this process; the messages it would send go nowhere. No native runtime is installed unless `runtimes` has one. */
async function train(
  run: string,
  changes: Partial<RunSpecInput>,
  {
    runtimes = join(library, 'runtimes'),
    ...options
  }: { readonly runtimes?: string; readonly machinePeriod?: number } = {},
) {
  const spec = runSpec.parse({
    method: 'large-batch',
    model: { kind: 'mlp', widths: [8] },
    dataset: { id: 'fashion-mnist-small', trainSize: 60, resize: 7 },
    batchSize: 30,
    microBatchSize: 10,
    learningRate: 0.1,
    steps: 6,
    logEvery: 2,
    evaluateEvery: 6,
    executor: 'onnx',
    ...changes,
  });
  mkdirSync(folder(run), { recursive: true });
  const messages: FromRunner[] = [];
  const training = new TrainingRun({
    start: { type: 'start', run, spec, folder: folder(run), resources, runtimes },
    control: new RunControl(),
    log: { write: () => undefined },
    send: (message) => messages.push(message),
    ...options,
  });
  return { finished: await training.train(), messages };
}

function recorded(run: string, series: string): { steps: number[]; values: number[] } {
  const [found] = readMetrics(join(folder(run), 'metrics.sqlite'), [series]);
  return { steps: [...(found?.steps ?? [])], values: [...(found?.values ?? [])] };
}

function allRecorded(run: string): RecordedSeries[] {
  return readMetrics(join(folder(run), 'metrics.sqlite'));
}

const stateOf = (run: string, step: number): Promise<string> => new CheckpointStore(folder(run)).stateHash(step);

describe('a run of each kind of method', () => {
  it('grafts what another run of the library recorded, at the same steps', async () => {
    await train('small-1', { method: 'small-batch', batchSize: 10, microBatchSize: undefined, logEvery: 1 });
    const norms = recorded('small-1', 'train/gradient_norm');
    const { finished } = await train('graft-1', {
      method: 'external-grafting',
      graft: { trace: { run: 'small-1' } },
      logEvery: 1,
    });
    expect(finished).toMatchObject({ outcome: 'done', step: 6 });
    const grafted = recorded('graft-1', 'train/graft_norm');
    expect(grafted.steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(grafted).toEqual(norms);
    const lengths = recorded('graft-1', 'train/step_length').values;
    for (const [index, length] of lengths.entries()) expect(length).toBeCloseTo(0.1 * (norms.values[index] ?? 0), 6);
  });

  it("steps as far as another run's mean step", async () => {
    const lengths = recorded('small-1', 'train/step_length').values;
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    const traced = { method: 'normalized-gradient', learningRate: { trace: { run: 'small-1' } } } as const;
    const { messages } = await train('normalized-1', traced);
    const started = messages.find((message) => message.type === 'started');
    expect(started?.resolved.learningRate).toBeCloseTo(mean, 12);
    for (const length of recorded('normalized-1', 'train/step_length').values) expect(length).toBeCloseTo(mean, 6);
  });

  it('does not start where its trace is shorter than it', async () => {
    const graft = { trace: { run: 'small-1' } };
    await expect(train('graft-2', { method: 'external-grafting', graft, steps: 8 })).rejects.toMatchObject({
      code: 'trace/too-short',
    });
    expect(recorded('graft-2', 'train/loss').steps).toEqual([]);
  });

  it('ends as diverged where the loss or the gradient is not a number any more, with the point that shows it', async () => {
    for (const [run, changes] of [
      ['wild-1', { method: 'large-batch', learningRate: 1000, steps: 200 }],
      ['wild-2', { method: 'gradient-norm', lambda: 1e6, learningRate: 1000, steps: 200 }],
    ] as const) {
      const { finished } = await train(run, { ...changes, model: { kind: 'mlp', widths: [64, 64, 64] } });
      expect(finished, run).toMatchObject({ outcome: 'diverged' });
      expect(finished.reason, run).toMatch(/^train\/(loss|objective|gradient_norm) is not finite$/);
      expect(finished.step).toBeLessThan(200);
      const series = finished.reason?.split(' ')[0] ?? '';
      expect(recorded(run, series).steps.at(-1), run).toBe(finished.step);
      expect(recorded(run, series).values.at(-1), run).toBeNaN();
    }
  });
});

describe('a run with instruments', () => {
  const watched = ['gradient-norm', 'distance-from-initialisation', { id: 'hessian-top', every: 3 }] as const;

  it('records them on their schedules with their share of the time, and trains the same', async () => {
    await train('plain-1', { logEvery: 1 });
    await train('watched-1', { logEvery: 1, instruments: [...watched] });
    expect(recorded('watched-1', 'instrument/hessian_top').steps).toEqual([1, 3, 6]);
    expect(recorded('watched-1', 'instrument/gradient_norm').steps).toEqual([1]);
    for (const share of recorded('watched-1', 'system/instrument_share/hessian-top').values) {
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThan(1);
    }
    for (const series of ['train/loss', 'train/gradient_norm', 'validation/loss']) {
      expect(recorded('watched-1', series), series).toEqual(recorded('plain-1', series));
    }
  });

  it('measures less often what takes more than the budget', async () => {
    const every = { id: 'hessian-top', every: 1 } as const;
    await train('thinned-1', { steps: 40, instruments: [every], instrumentBudget: 0.001 });
    const { steps } = recorded('thinned-1', 'instrument/hessian_top');
    expect(steps[0]).toBe(1);
    expect(steps.length).toBeLessThan(8);
  });
});

describe('a run that looks at its machine', () => {
  it('records what it finds at steps that it takes, and trains the same', async () => {
    const steps = 400;
    await train('unseen-1', { steps, evaluateEvery: steps }, { machinePeriod: 1_000_000 });
    await train('seen-1', { steps, evaluateEvery: steps }, { machinePeriod: 1 });
    const names = allRecorded('seen-1').map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['system/cpu_process', 'system/memory_process', 'system/disk_free']));
    expect(names.filter((name) => name.startsWith('system/gpu'))).toEqual([]);
    expect(allRecorded('unseen-1').map(({ name }) => name)).not.toContain('system/cpu_process');
    for (const value of recorded('seen-1', 'system/memory_process').values) expect(value).toBeGreaterThan(0.03);
    expect(recorded('seen-1', 'system/steps_per_second')).toMatchObject({
      steps: recorded('seen-1', 'system/cpu_process').steps,
    });
    const trained = (run: string) => allRecorded(run).filter(({ name }) => !name.startsWith('system/'));
    expect(trained('seen-1')).toEqual(trained('unseen-1'));
    expect(await stateOf('seen-1', steps)).toBe(await stateOf('unseen-1', steps));
  });
});

describe('a run on a named executor', () => {
  const instruments: RunSpecInput['instruments'] = instrumentIds.map((id) => ({ id, every: 2 }));
  const changes = { method: 'gradient-norm', lambda: 0.02, logEvery: 1, steps: 4, instruments } as const;
  /** Sharpness comes from a few Lanczos steps, whose rounding grows. */
  const limitOf = (series: string): number => (series.startsWith('instrument/hessian') ? 2e-2 : 2e-3);

  const nativeRuntime = process.env['MICROBATCH_TEST_RUNTIME'] ?? '';
  const runtimes = (): string => join(library, 'native-runtimes');
  beforeAll(() => {
    mkdirSync(runtimes());
    if (nativeRuntime !== '') symlinkSync(nativeRuntime, join(runtimes(), 'native'));
  });
  const executors = ['tfjs-wasm', 'tfjs-cpu', ...(nativeRuntime === '' ? [] : (['tfjs-node-gpu'] as const))] as const;
  if (nativeRuntime === '') {
    console.warn('SKIPPED: tfjs-node-gpu. Name the folder of a native runtime in MICROBATCH_TEST_RUNTIME to test it.');
  }

  it.each(executors)('%s takes the steps that onnx takes, as every instrument sees', async (executor) => {
    await train(`reference-${executor}`, { ...changes, executor: 'onnx' });
    const { messages } = await train(`run-${executor}`, { ...changes, executor }, { runtimes: runtimes() });
    expect(messages.find((message) => message.type === 'started')?.resolved).toMatchObject({ executor });
    const compared = allRecorded(`reference-${executor}`).filter(({ name }) => !name.startsWith('system/'));
    expect(compared.filter(({ name }) => name.startsWith('instrument/')).length).toBeGreaterThan(10);
    for (const { name: series, steps, values } of compared) {
      const found = recorded(`run-${executor}`, series);
      expect(found.steps, series).toEqual([...steps]);
      for (const [index, value] of values.entries()) {
        const difference = Math.abs((found.values[index] ?? Number.NaN) - value);
        expect(difference / Math.max(Math.abs(value), 1e-3), `${series} at ${String(steps[index])}`).toBeLessThan(
          limitOf(series),
        );
      }
    }
  });

  it('says what to do where it needs what is not installed', async () => {
    await expect(train('native-1', { executor: 'tfjs-node-gpu' })).rejects.toMatchObject({
      code: 'executor/not-usable',
      remedy: 'microbatch runtime install --from pip',
    });
  });
});

describe('a run with a stop rule', () => {
  const evaluated = { steps: 400, logEvery: 4, evaluateEvery: 4 };

  it('ends early as done, with the reason, exactly where a replay of the same run without it says', async () => {
    const { finished: whole } = await train('unstopped', evaluated);
    expect(whole).toMatchObject({ outcome: 'done', step: 400 });
    const rule = { plateau: { evaluations: 5, gain: 0.01 } };
    const stop = findStop(rule, recorded('unstopped', 'train/loss'), recorded('unstopped', 'validation/accuracy'));
    expect(stop?.step).toBeLessThan(400);
    const { finished } = await train('stopped', { ...evaluated, stopWhen: rule });
    expect(finished).toMatchObject({ outcome: 'done', step: stop?.step, reason: stop?.reason });
    expect(recorded('stopped', 'validation/accuracy').steps.at(-1)).toBe(stop?.step);
  });

  it('ends as diverged at a loss above the threshold, before it is not finite', async () => {
    const { finished } = await train('high', { ...evaluated, stopWhen: { lossAbove: 0.1 } });
    expect(finished).toMatchObject({
      outcome: 'diverged',
      step: 1,
      reason: expect.stringContaining('above 0.1') as string,
    });
  });
});
