import { describe, expect, it } from 'vitest';
import { openTfjsExecutor } from '../executors/tfjs/executor.ts';
import { methodOf } from '../methods/index.ts';
import { convnet, mlp } from '../models/architectures.ts';
import type { ModelDefinition } from '../models/model.ts';
import type { DataSource } from './data-source.ts';
import { RandomStream } from './random.ts';
import { trainingState } from './state.ts';
import { Trainer } from './trainer.ts';

/** Images whose mean tells their class, with noise: easy to learn, and every one different. */
function exampleData(size: number, inputShape: readonly [number, number, number] = [1, 4, 4]): DataSource {
  const length = inputShape.reduce((product, side) => product * side, 1);
  const noise = RandomStream.named(7, 'example data');
  const labels = Int32Array.from({ length: size }, (_, index) => index % 3);
  const images = Float32Array.from({ length: size * length }, (_, index) => {
    const label = labels[Math.floor(index / length)] ?? 0;
    return label - 1 + (noise.uniform() - 0.5);
  });
  return {
    size,
    classes: 3,
    inputShape,
    read: (indices) => ({
      images: Float32Array.from(
        [...indices].flatMap((index) => [...images.subarray(index * length, (index + 1) * length)]),
      ),
      labels: Int32Array.from(indices, (index) => labels[index] ?? 0),
    }),
  };
}

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

  for (const method of ['small-batch', 'large-batch', 'gradient-norm'] as const) {
    it(`${method}: seven steps equal three, capture, restore elsewhere and four, byte for byte`, async () => {
      const whole = await trainer(method);
      const wholeSteps = [];
      for (let step = 0; step < 7; step += 1) wholeSteps.push(await whole.takeStep());

      const first = await trainer(method);
      for (let step = 0; step < 3; step += 1) await first.takeStep();
      const state = structuredClone(await first.capture());
      const second = await trainer(method, { seed: 99 });
      await second.restore(state);
      const laterSteps = [];
      for (let step = 3; step < 7; step += 1) laterSteps.push(await second.takeStep());

      expect(laterSteps).toEqual(wholeSteps.slice(3));
      expect(await second.capture()).toEqual(await whole.capture());
      expect(await second.evaluate(data)).toEqual(await whole.evaluate(data));
      for (const subject of [whole, first, second]) await subject.dispose();
    });
  }

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
