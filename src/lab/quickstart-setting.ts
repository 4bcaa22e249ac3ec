import type { MethodId } from '../contracts/methods.ts';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpec, RunSpecInput } from '../contracts/run-spec.ts';

/**
 * The quickstart's one setting: small-batch, large-batch and large-batch + gradient-norm on embedded images. It was
 * chosen on other seeds than these; docs/guide/quickstart.md says how, and what else was tried.
 */
export const quickstartSeeds: readonly number[] = [1, 2, 3, 4, 5];

/** Stands where the id of a run belongs whose recorded norms are grafted. */
export const traceToName = 'name-a-small-batch-run';

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

/** Presets at the quickstart's size for methods that it does not train itself: places to start from, not tuned. */
export const furtherQuickstartSpecs: readonly RunSpec[] = (
  [
    { method: 'fisher-trace', lambda: learningRate / 4 },
    { method: 'average-jacobian', lambda: 0.001 },
    { method: 'unit-jacobian', lambda: 0.01 },
    { method: 'iterative-grafting', graft: { norm: 'mean' } },
    { method: 'external-grafting', graft: { trace: { run: traceToName } } },
    { method: 'normalized-gradient', learningRate: 0.024 },
    { method: 'sharpness-aware', radius: 0.05 },
    { method: 'micro-sharpness-aware', radius: 0.05 },
  ] satisfies Partial<RunSpecInput>[]
).map((settings) => runSpec.parse({ ...common, ...largeBatch, ...settings }));

/** Methods that the quickstart trains, in the order of its table. */
export const quickstartMethods = ['small-batch', 'large-batch', 'gradient-norm'] as const satisfies readonly MethodId[];

export const quickstartSpecs: Readonly<Record<(typeof quickstartMethods)[number], RunSpec>> = {
  'small-batch': runSpec.parse({ ...common, method: 'small-batch', batchSize: smallBatchSize }),
  'large-batch': runSpec.parse({ ...common, ...largeBatch, method: 'large-batch' }),
  // The penalty that small-batch SGD carries implicitly: a quarter of its learning rate, on micro-batches of its size.
  'gradient-norm': runSpec.parse({ ...common, ...largeBatch, method: 'gradient-norm', lambda: learningRate / 4 }),
};
