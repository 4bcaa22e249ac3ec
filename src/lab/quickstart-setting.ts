import type { MethodId } from '../contracts/methods.ts';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpec, RunSpecInput } from '../contracts/run-spec.ts';

/**
 * The quickstart's one setting: small-batch, large-batch and large-batch + gradient-norm on embedded images. It was
 * chosen on other seeds than these; docs/guide/quickstart.md says how, and what else was tried.
 */
export const quickstartSeeds: readonly number[] = [1, 2, 3, 4, 5];

const learningRate = 0.1;
const smallBatchSize = 16;
const trainSize = 256;

const common = {
  model: { kind: 'convnet', widths: [8, 'pool', 16, 'pool', 32] },
  dataset: { id: 'fashion-mnist-small', trainSize, resize: 14 },
  learningRate,
  steps: 1500,
  evaluateEvery: 50,
} satisfies Partial<RunSpecInput>;

const largeBatch = { batchSize: trainSize, microBatchSize: smallBatchSize } satisfies Partial<RunSpecInput>;

/** Methods that the quickstart trains, in the order of its table. */
export const quickstartMethods = ['small-batch', 'large-batch', 'gradient-norm'] as const satisfies readonly MethodId[];

export const quickstartSpecs: Readonly<Record<(typeof quickstartMethods)[number], RunSpec>> = {
  'small-batch': runSpec.parse({ ...common, method: 'small-batch', batchSize: smallBatchSize }),
  'large-batch': runSpec.parse({ ...common, ...largeBatch, method: 'large-batch' }),
  // The penalty that small-batch SGD carries implicitly: a quarter of its learning rate, on micro-batches of its size.
  'gradient-norm': runSpec.parse({ ...common, ...largeBatch, method: 'gradient-norm', lambda: learningRate / 4 }),
};
