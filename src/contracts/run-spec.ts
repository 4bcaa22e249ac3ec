import { z } from 'zod';
import { methodIds, resolveMethodAlias, studyMethods } from './methods.ts';

/**
 * The run spec: everything that decides what a run computes. The form, the command line and run.json
 * share this one schema; `meta` carries what the form shows (label, unit, help).
 */
const wholeNumber = (minimum: number, maximum: number) =>
  z
    .int(`expected a whole number from ${String(minimum)} to ${String(maximum)}`)
    .min(minimum, `expected at least ${String(minimum)}`)
    .max(maximum, `expected at most ${String(maximum)}`);

const positiveNumber = (maximum: number) =>
  z
    .number('expected a number above 0')
    .positive('expected a number above 0')
    .max(maximum, `expected at most ${String(maximum)}`);

const width = wholeNumber(1, 4096);

export const modelSpec = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('mlp'), widths: z.array(width).max(16) }).meta({ label: 'Multilayer perceptron' }),
    z
      .strictObject({
        kind: z.literal('convnet'),
        widths: z
          .array(z.union([width, z.literal('pool')]))
          .min(1, 'expected at least one layer')
          .max(32),
        batchNorm: z.boolean().default(false),
      })
      .meta({ label: 'Convolutional net' }),
  ],
  { error: 'expected a model kind: mlp or convnet' },
);
export type ModelSpec = z.infer<typeof modelSpec>;

export const datasetSpec = z.strictObject({
  id: z.string().min(1).max(100).meta({ label: 'Data' }),
  trainSize: wholeNumber(1, 10_000_000).optional().meta({ label: 'Training images', unit: 'images' }),
  resize: wholeNumber(1, 1024).optional().meta({ label: 'Resize to', unit: 'pixels a side' }),
});
export type DatasetSpec = z.infer<typeof datasetSpec>;

export const executorNames = ['auto', 'onnx', 'tfjs-cpu'] as const;

const methodField = z.preprocess(
  (value) => (typeof value === 'string' ? resolveMethodAlias(value) : value),
  z.enum(methodIds, {
    error: (issue) =>
      typeof issue.input === 'string' && issue.input in studyMethods
        ? `${issue.input} is a method of the study that this version cannot train yet; expected one of ${methodIds.join(', ')}`
        : `expected one of ${methodIds.join(', ')}`,
  }),
);

const runSpecFields = z.strictObject({
  method: methodField,
  model: modelSpec,
  dataset: datasetSpec,
  batchSize: wholeNumber(1, 10_000_000).meta({
    label: 'Batch size',
    unit: 'images',
    help: 'Images in one step. For small batch this is the mini-batch.',
  }),
  microBatchSize: wholeNumber(1, 10_000_000).optional().meta({
    label: 'Micro-batch size',
    unit: 'images',
    help: 'Batch norm and the penalty see one micro-batch at a time.',
  }),
  learningRate: positiveNumber(1000).meta({
    label: 'Learning rate',
    help: 'Constant: plain SGD, no momentum, no weight decay.',
  }),
  lambda: z
    .number('expected a number from 0')
    .min(0, 'expected a number from 0')
    .max(1e6, 'expected at most 1e6')
    .optional()
    .meta({ label: 'λ', help: 'Multiplies the mean of the squared micro-batch gradient norms.' }),
  steps: wholeNumber(1, 100_000_000).meta({ label: 'Steps', unit: 'steps', help: 'Updates of the parameters.' }),
  seed: wholeNumber(0, 2 ** 32 - 1)
    .default(1)
    .meta({
      label: 'Seed',
      help: 'Decides the initialisation and the order of the images. Same seed and device, same bytes.',
    }),
  executor: z.enum(executorNames).default('auto').meta({
    label: 'Executor',
    help: 'auto takes the best that works here and records which it was.',
  }),
  threads: wholeNumber(1, 256).default(1).meta({ label: 'Threads', unit: 'threads' }),
  logEvery: wholeNumber(1, 1_000_000).default(20).meta({ label: 'Record every', unit: 'steps' }),
  evaluateEvery: wholeNumber(1, 1_000_000).default(20).meta({
    label: 'Evaluate every',
    unit: 'steps',
    help: 'Accuracy and loss on the validation images.',
  }),
});

/** The schema of a run spec, with the rules that join fields. */
export const runSpec = runSpecFields.superRefine((spec, context) => {
  const micro = spec.microBatchSize;
  if (spec.method === 'small-batch') {
    if (micro !== undefined && micro !== spec.batchSize) {
      context.addIssue({
        code: 'custom',
        path: ['microBatchSize'],
        message: `small batch takes one step per mini-batch: expected ${String(spec.batchSize)} (the batch size) or nothing`,
      });
    }
  } else if (micro !== undefined && micro > spec.batchSize) {
    context.addIssue({
      code: 'custom',
      path: ['microBatchSize'],
      message: `expected at most the batch size, ${String(spec.batchSize)}`,
    });
  }
  if (spec.method === 'gradient-norm' && spec.lambda === undefined) {
    context.addIssue({ code: 'custom', path: ['lambda'], message: 'gradient-norm needs λ, the weight of its penalty' });
  }
  if (spec.method !== 'gradient-norm' && spec.lambda !== undefined) {
    context.addIssue({ code: 'custom', path: ['lambda'], message: `${spec.method} has no penalty: leave λ out` });
  }
  if (spec.dataset.trainSize !== undefined && spec.batchSize > spec.dataset.trainSize) {
    context.addIssue({
      code: 'custom',
      path: ['batchSize'],
      message: `expected at most the training size, ${String(spec.dataset.trainSize)} images`,
    });
  }
});
export type RunSpec = z.infer<typeof runSpec>;
/** A spec as people write it: defaults may be left out, reference method names are accepted. */
export type RunSpecInput = z.input<typeof runSpec>;

/** Fields, in order, for the form; `.meta()` of each carries label, unit and help. */
export const runSpecShape = runSpecFields.shape;

/** Size of a micro-batch: the batch itself for small batch or where none is given. */
export function microBatchSizeOf(spec: Pick<RunSpec, 'method' | 'batchSize' | 'microBatchSize'>): number {
  return spec.method === 'small-batch' ? spec.batchSize : (spec.microBatchSize ?? spec.batchSize);
}

/** Micro-batches of a step, n = ceil(B / m), nominal also for an incomplete last group (methods-spec 1.5, trap 1). */
export function microBatchCount(spec: Pick<RunSpec, 'method' | 'batchSize' | 'microBatchSize'>): number {
  return spec.method === 'small-batch' ? 1 : Math.ceil(spec.batchSize / microBatchSizeOf(spec));
}
