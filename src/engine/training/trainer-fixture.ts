import { methodOf, type MethodSettings } from '../methods/index.ts';
import type { Executor } from '../executors/executor.ts';
import type { Trace } from '../methods/trace.ts';
import type { Layer, ModelDefinition } from '../models/model.ts';
import type { DataSource } from './data-source.ts';
import { RandomStream } from './random.ts';
import { Trainer } from './trainer.ts';

/** Images whose mean tells their class, with noise: easy to learn, and every one different. For tests. */
export function exampleData(size: number, inputShape: readonly [number, number, number] = [1, 4, 4]): DataSource {
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

/** A small net with everything that training carries along: batch norm, pooling, dropout. */
export const exampleModel: ModelDefinition = {
  inputShape: [1, 4, 4],
  classes: 3,
  layers: [
    { type: 'conv2d', name: 'c', in: 1, out: 3, kernel: 3, stride: 1, padding: 1, bias: true },
    { type: 'batchnorm2d', name: 'n', features: 3, eps: 1e-5, momentum: 0.1 },
    { type: 'relu' },
    { type: 'maxpool2d', kernel: 2, stride: 2 },
    { type: 'flatten' },
    { type: 'dropout', p: 0.3 },
    { type: 'linear', name: 'l', in: 12, out: 3 },
  ] satisfies Layer[],
};

const norms: Trace = { steps: [0, 2, 4, 6], values: [0.5, 0.75, 0.25, 1] };

/** One setting of every method and of each of its forms. */
export const exampleSettings: Readonly<Record<string, MethodSettings>> = {
  'small-batch': { method: 'small-batch' },
  'large-batch': { method: 'large-batch' },
  'gradient-norm': { method: 'gradient-norm', lambda: 0.01 },
  'gradient-norm, sampled': { method: 'gradient-norm', lambda: 0.01, sample: true },
  'gradient-norm, forward': { method: 'gradient-norm', lambda: 0.01, approximation: 'forward', radius: 0.05 },
  'gradient-norm, central': { method: 'gradient-norm', lambda: 0.01, approximation: 'central', radius: 0.05 },
  'fisher-trace': { method: 'fisher-trace', lambda: 0.01 },
  'fisher-trace, sampled': { method: 'fisher-trace', lambda: 0.01, sample: 2 },
  'average-jacobian': { method: 'average-jacobian', lambda: 0.01 },
  'average-jacobian, sampled': { method: 'average-jacobian', lambda: 0.01, scale: 'paper', sample: true },
  'unit-jacobian': { method: 'unit-jacobian', lambda: 0.01 },
  'unit-jacobian, sampled': { method: 'unit-jacobian', lambda: 0.01, sample: true },
  'iterative-grafting, random': { method: 'iterative-grafting', graft: { norm: 'sample', index: 'random' } },
  'iterative-grafting, mean': { method: 'iterative-grafting', graft: { norm: 'mean' } },
  'external-grafting': { method: 'external-grafting', graft: { trace: { file: '' }, mode: 'linear' } },
  'normalized-gradient': { method: 'normalized-gradient' },
  'sharpness-aware': { method: 'sharpness-aware', radius: 0.05 },
  'micro-sharpness-aware': { method: 'micro-sharpness-aware', radius: 0.05 },
  'gradient-norm-unsquared': { method: 'gradient-norm-unsquared', alpha: 0.5, radius: 0.05 },
};

/** 22 images in micro-batches of 4: groups of 4+4+4 and 4+4+2 images, then the next epoch. */
export function exampleTrainer(
  executor: Executor,
  settings: MethodSettings,
  changes: Partial<Pick<Parameters<typeof Trainer.create>[0], 'model' | 'seed' | 'data' | 'microBatchSize'>> = {},
): Promise<Trainer> {
  return Trainer.create({
    executor,
    model: exampleModel,
    method: methodOf(settings, norms),
    learningRate: 0.1,
    batchSize: 12,
    microBatchSize: 4,
    seed: 5,
    data: exampleData(22),
    ...changes,
  });
}
