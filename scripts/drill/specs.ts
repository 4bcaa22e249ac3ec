import { runSpec } from '../../src/contracts/run-spec.ts';
import type { RunSpec } from '../../src/contracts/run-spec.ts';

const base = {
  dataset: { id: 'fashion-mnist-small', trainSize: 64, resize: 7 },
  seed: 1,
  logEvery: 1,
} as const;

/** Small runs that save and evaluate often and draw from every stream: order, augmentation, micro-batch, initial weights. */
export const drilledSpecs: Readonly<Record<string, RunSpec>> = {
  'small-batch, augmented': runSpec.parse({
    ...base,
    ...{ method: 'small-batch', batchSize: 16, learningRate: 0.05, steps: 1500, evaluateEvery: 100 },
    dataset: { ...base.dataset, augment: true },
    model: { kind: 'mlp', widths: [8] },
    checkpoints: { every: 100, perDecade: 2 },
  }),
  'gradient-norm of one micro-batch, batch norm': runSpec.parse({
    ...base,
    ...{ method: 'gradient-norm', lambda: 0.01, sample: true },
    ...{ batchSize: 32, microBatchSize: 8, learningRate: 0.02, steps: 250, evaluateEvery: 50 },
    model: { kind: 'convnet', widths: [2, 'pool'], batchNorm: true },
    checkpoints: { every: 25, perDecade: 2 },
  }),
};
