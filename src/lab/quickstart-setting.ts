import type { MethodId } from '../contracts/methods.ts';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpec, RunSpecInput } from '../contracts/run-spec.ts';

/** The quickstart's one setting: small-batch, large-batch and large-batch + gradient-norm on embedded images. */
export const quickstartSeeds: readonly number[] = [1, 2, 3];

const common = {
  model: { kind: 'convnet', widths: [8, 8, 'pool', 16, 16, 'pool'] },
  dataset: { id: 'fashion-mnist-small', trainSize: 500, resize: 14 },
  learningRate: 0.1,
  steps: 1500,
} satisfies Partial<RunSpecInput>;

const largeBatch = { batchSize: 500, microBatchSize: 50 } satisfies Partial<RunSpecInput>;

/** Methods that the quickstart trains, in the order of its table. */
export const quickstartMethods = ['small-batch', 'large-batch', 'gradient-norm'] as const satisfies readonly MethodId[];

export const quickstartSpecs: Readonly<Record<(typeof quickstartMethods)[number], RunSpec>> = {
  'small-batch': runSpec.parse({ ...common, method: 'small-batch', batchSize: 25 }),
  'large-batch': runSpec.parse({ ...common, ...largeBatch, method: 'large-batch' }),
  'gradient-norm': runSpec.parse({ ...common, ...largeBatch, method: 'gradient-norm', lambda: 0.03 }),
};
