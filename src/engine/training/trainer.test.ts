import { describe, expect, it } from 'vitest';
import { methodDescription } from '../../contracts/methods.ts';
import { openTfjsExecutor } from '../executors/tfjs/executor.ts';
import { methodOf, type MethodSettings } from '../methods/index.ts';
import { convnet, mlp } from '../models/architectures.ts';
import type { ModelDefinition } from '../models/model.ts';
import type { DataSource } from './data-source.ts';
import { trainingState } from './state.ts';
import { exampleData, exampleSettings, exampleTrainer } from './trainer-fixture.ts';
import { Trainer } from './trainer.ts';

const data = exampleData(22);
const network = convnet({ ...data, widths: [3, 'pool', 4], batchNorm: true });

async function trainer(
  method: 'small-batch' | 'large-batch' | 'gradient-norm',
  { model = network, seed = 5 }: { model?: ModelDefinition; seed?: number } = {},
): Promise<Trainer> {
  return Trainer.create({
    executor: await openTfjsExecutor('cpu'),
    model,
    method: methodOf({ method, lambda: 0.01 }),
    learningRate: 0.1,
    batchSize: 12,
    microBatchSize: 4,
    seed,
    data,
  });
}

describe('Trainer', () => {
  it('learns', async () => {
    const subject = await trainer('small-batch', { model: mlp({ ...data, widths: [8] }) });
    const before = await subject.evaluate(data);
    for (let step = 0; step < 100; step += 1) await subject.takeStep();
    const after = await subject.evaluate(data);
    expect(after.loss).toBeLessThan(before.loss / 2);
    expect(after.accuracy).toBe(1);
    await subject.dispose();
  });

  it('takes steps of n micro-batches, cuts the last group of an epoch short, and counts', async () => {
    const subject = await trainer('gradient-norm');
    const samples = [];
    for (let step = 0; step < 3; step += 1) samples.push(await subject.takeStep());
    // 22 images in micro-batches of 4: groups of 4+4+4 and 4+4+2, then the next epoch.
    expect(samples.map(({ samplesSeen }) => samplesSeen)).toEqual([12, 22, 34]);
    expect(samples.map(({ gradientEvaluations }) => gradientEvaluations)).toEqual([24, 44, 68]);
    expect(samples.map(({ epoch }) => epoch)).toEqual([12 / 22, 1, 34 / 22]);
    await subject.dispose();
  });

  it('starts every method of one seed from the same parameters, and another seed elsewhere', async () => {
    const captured = [];
    for (const [method, seed] of [
      ['small-batch', 5],
      ['gradient-norm', 5],
      ['small-batch', 6],
    ] as const) {
      const subject = await trainer(method, { seed });
      captured.push((await subject.capture()).parameters);
      await subject.dispose();
    }
    expect(captured[0]).toEqual(captured[1]);
    expect(captured[0]).not.toEqual(captured[2]);
  });

  it('goes on from a captured state in another trainer, evaluation included', async () => {
    const whole = await trainer('gradient-norm');
    for (let step = 0; step < 5; step += 1) await whole.takeStep();
    const first = await trainer('gradient-norm');
    for (let step = 0; step < 3; step += 1) await first.takeStep();
    const second = await trainer('gradient-norm', { seed: 99 });
    await second.restore(structuredClone(await first.capture()));
    for (let step = 3; step < 5; step += 1) await second.takeStep();
    expect(await second.capture()).toEqual(await whole.capture());
    expect(await second.evaluate(data)).toEqual(await whole.evaluate(data));
    for (const subject of [whole, first, second]) await subject.dispose();
  });

  it('keeps a state that its own schema accepts and refuses one of another method or model', async () => {
    const subject = await trainer('large-batch');
    const other = await trainer('small-batch');
    const larger = await trainer('large-batch', { model: mlp({ ...data, widths: [8] }) });
    const state = await subject.capture();
    expect(trainingState.parse(state)).toEqual(state);
    await expect(other.restore(state)).rejects.toThrow('it belongs to the method large-batch');
    await expect(larger.restore(state)).rejects.toThrow('other tensors than the model');
    await expect(subject.restore({ version: 2 })).rejects.toMatchObject({ code: 'training/bad-state' });
    for (const each of [subject, other, larger]) await each.dispose();
  });

  it('knows its cost: parameters, operations and gradient evaluations of a step', async () => {
    const model = mlp({ ...data, widths: [] });
    const plain = await trainer('large-batch', { model });
    const penalised = await trainer('gradient-norm', { model });
    expect(plain.cost).toMatchObject({ parameters: 16 * 3 + 3, gradientEvaluationsPerStep: 12 });
    expect(penalised.cost.gradientEvaluationsPerStep).toBe(24);
    // Forward and filter gradient: two products of 4 x 16 x 3, two operations a multiply-add, three micro-batches.
    expect(plain.cost.floatingPointOperationsPerStep).toBeGreaterThan(3 * 2 * 2 * 4 * 16 * 3);
    expect(penalised.cost.floatingPointOperationsPerStep).toBeGreaterThan(plain.cost.floatingPointOperationsPerStep);
    await plain.dispose();
    await penalised.dispose();
  });

  it('refuses data of another shape', async () => {
    const executor = await openTfjsExecutor('cpu');
    const create = Trainer.create({
      executor,
      model: network,
      method: methodOf({ method: 'small-batch' }),
      learningRate: 0.1,
      batchSize: 4,
      microBatchSize: 4,
      seed: 1,
      data: exampleData(4, [1, 6, 6]),
    });
    await expect(create).rejects.toMatchObject({ code: 'training/data-mismatch' });
  });
});

describe('a step of each method', () => {
  const series: Readonly<Record<string, readonly string[]>> = {
    penalty: ['train/penalty', 'train/penalty_lambda'],
    term: ['train/term_gradient_norm'],
    graft: ['train/graft_norm'],
    ascent: ['train/ascended_loss'],
  };
  const extra: Readonly<Record<string, readonly (keyof typeof series)[]>> = {
    'gradient-norm': ['penalty'],
    'gradient-norm, sampled': ['penalty'],
    'gradient-norm, forward': ['penalty'],
    'gradient-norm, central': ['penalty'],
    'fisher-trace': ['penalty', 'term'],
    'fisher-trace, sampled': ['penalty'],
    'average-jacobian': ['penalty', 'term'],
    'average-jacobian, sampled': ['penalty'],
    'unit-jacobian': ['penalty', 'term'],
    'unit-jacobian, sampled': ['penalty'],
    'iterative-grafting, random': ['graft'],
    'iterative-grafting, mean': ['graft'],
    'external-grafting': ['graft'],
    'sharpness-aware': ['ascent'],
    'micro-sharpness-aware': ['ascent'],
    'gradient-norm-unsquared': ['ascent'],
  };
  const evaluations: Readonly<Record<string, number>> = {
    'gradient-norm': 24,
    'gradient-norm, sampled': 16,
    'gradient-norm, forward': 24,
    'gradient-norm, central': 36,
    'fisher-trace': 36,
    'fisher-trace, sampled': 20,
    'average-jacobian': 36,
    'average-jacobian, sampled': 20,
    'unit-jacobian': 36,
    'unit-jacobian, sampled': 20,
    'sharpness-aware': 24,
    'micro-sharpness-aware': 24,
    'gradient-norm-unsquared': 24,
  };

  it.each(Object.entries(exampleSettings))(
    '%s: records its series, finite, and counts its passes',
    async (name, settings) => {
      const subject = await exampleTrainer(await openTfjsExecutor('cpu'), settings);
      const { scalars, gradientEvaluations } = await subject.takeStep();
      for (const value of Object.values(scalars)) expect(value).toBeTypeOf('number');
      expect(Object.values(scalars).every(Number.isFinite)).toBe(true);
      const own = Object.keys(scalars).filter((key) => Object.values(series).flat().includes(key));
      expect(own.toSorted()).toEqual((extra[name] ?? []).flatMap((kind) => series[kind] ?? []).toSorted());
      const images = name === 'small-batch' ? 4 : 12;
      expect(gradientEvaluations).toBe(evaluations[name] ?? images);
      expect(subject.cost.gradientEvaluationsPerStep).toBe(evaluations[name] ?? images);
      // What the form shows before anything is compiled, for the plain form of each method.
      if (name === settings.method) {
        expect(methodDescription(settings.method).gradientsPerMicroBatch * images).toBe(evaluations[name] ?? images);
      }
      await subject.dispose();
    },
  );

  it('grafting and normalized gradients move the parameters by exactly the length they name', async () => {
    const lengths: Readonly<Record<string, (norm: number) => number>> = {
      'iterative-grafting, mean': (norm) => 0.1 * norm,
      'external-grafting': () => 0.1 * 0.5,
      'normalized-gradient': () => 0.1,
    };
    for (const [name, length] of Object.entries(lengths)) {
      const subject = await exampleTrainer(
        await openTfjsExecutor('cpu'),
        exampleSettings[name] ?? { method: 'large-batch' },
      );
      const before = (await subject.capture()).parameters;
      const { scalars } = await subject.takeStep();
      const after = (await subject.capture()).parameters;
      let moved = 0;
      for (const [tensor, values] of Object.entries(after)) {
        for (const [index, value] of values.entries()) moved += (value - (before[tensor]?.[index] ?? Number.NaN)) ** 2;
      }
      expect(Math.sqrt(moved), name).toBeCloseTo(length(scalars['train/graft_norm'] ?? Number.NaN), 5);
      expect(scalars['train/step_length'], name).toBeCloseTo(Math.sqrt(moved), 5);
      await subject.dispose();
    }
  });

  it('at a zero gradient, which has no direction, leaves the parameters where they are', async () => {
    // Black images of two classes in turn and no weights: every gradient is zero, without a rounding error.
    const black: DataSource = {
      ...exampleData(12),
      classes: 2,
      read: (indices) => ({
        images: new Float32Array(indices.length * 16),
        labels: Int32Array.from(indices, (_, index) => index % 2),
      }),
    };
    const model = mlp({ ...black, widths: [] });
    const zeros = { 'layers.0.weight': new Float32Array(32), 'layers.0.bias': new Float32Array(2) };
    for (const settings of [
      { method: 'normalized-gradient' },
      { method: 'iterative-grafting', graft: { norm: 'mean' } },
      { method: 'external-grafting', graft: { trace: { file: '' }, mode: 'hold' } },
      { method: 'sharpness-aware', radius: 0.05 },
      { method: 'micro-sharpness-aware', radius: 0.05 },
      { method: 'gradient-norm', lambda: 1, approximation: 'forward', radius: 0.05 },
    ] satisfies MethodSettings[]) {
      const subject = await exampleTrainer(await openTfjsExecutor('cpu'), settings, { model, data: black });
      const state = await subject.capture();
      await subject.restore({ ...state, parameters: zeros });
      const { scalars } = await subject.takeStep();
      expect(scalars['train/step_length'], settings.method).toBe(0);
      expect((await subject.capture()).parameters, settings.method).toEqual(zeros);
      await subject.dispose();
    }
  });

  it('takes the last micro-batch of an incomplete group where the sampled position is beyond it', async () => {
    // 8 images in micro-batches of 4 make two of the nominal three.
    const settings: MethodSettings = { method: 'iterative-grafting', graft: { norm: 'sample', index: 2 } };
    const executor = await openTfjsExecutor('cpu');
    const beyond = await exampleTrainer(executor, settings, { data: exampleData(8) });
    const last = await exampleTrainer(
      executor,
      { method: 'iterative-grafting', graft: { norm: 'sample', index: 1 } },
      { data: exampleData(8) },
    );
    expect((await beyond.takeStep()).scalars).toEqual((await last.takeStep()).scalars);
    await beyond.dispose();
    await last.dispose();
  });

  it('does not mind a data source that writes the next images over the last', async () => {
    const fresh = exampleData(22);
    const images = new Float32Array(4 * 16);
    const overwriting: DataSource = {
      ...fresh,
      read: (indices) => {
        const batch = fresh.read(indices);
        images.set(batch.images);
        return { images: images.subarray(0, batch.images.length), labels: batch.labels };
      },
    };
    const executor = await openTfjsExecutor('cpu');
    for (const name of ['sharpness-aware', 'gradient-norm-unsquared']) {
      const settings = exampleSettings[name] ?? { method: 'large-batch' };
      const [one, other] = [
        await exampleTrainer(executor, settings, { data: fresh }),
        await exampleTrainer(executor, settings, { data: overwriting }),
      ];
      expect((await one.takeStep()).scalars).toEqual((await other.takeStep()).scalars);
      await one.dispose();
      await other.dispose();
    }
  });

  it('names the step that a trace does not reach', async () => {
    const subject = await exampleTrainer(
      await openTfjsExecutor('cpu'),
      exampleSettings['external-grafting'] ?? { method: 'large-batch' },
    );
    for (let step = 0; step < 8; step += 1) await subject.takeStep();
    await expect(subject.takeStep()).rejects.toMatchObject({ code: 'trace/too-short' });
    await subject.dispose();
  });

  it('refuses labels beyond the classes of the model', async () => {
    const wrong: DataSource = {
      ...exampleData(12),
      read: (indices) => ({ images: new Float32Array(indices.length * 16), labels: Int32Array.from(indices).fill(3) }),
    };
    const subject = await exampleTrainer(await openTfjsExecutor('cpu'), { method: 'large-batch' }, { data: wrong });
    await expect(subject.takeStep()).rejects.toMatchObject({ code: 'data/label-out-of-range' });
    await subject.dispose();
  });

  it('refuses a micro-batch that does not fit into the batch', async () => {
    const create = exampleTrainer(await openTfjsExecutor('cpu'), { method: 'large-batch' }, { microBatchSize: 13 });
    await expect(create).rejects.toMatchObject({ code: 'training/micro-batch-too-large' });
  });
});
