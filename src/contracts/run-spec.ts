import { z } from 'zod';
import { checkpointPlan } from './checkpoints.ts';
import { instrumentProblems, instrumentSettings } from './instrument-settings.ts';
import { learningRate, methodProblems, methodSettings } from './method-settings.ts';
import { recordIdPattern } from './record-id.ts';
import { methodIds, resolveMethodAlias } from './methods.ts';
import { stopRule } from './stop-rule.ts';

/**
 * The run spec: everything that decides what a run computes. The form, the command line and run.json
 * share this one schema; `meta` carries what the form shows (label, unit, help).
 */
const wholeNumber = (minimum: number, maximum: number) =>
  z
    .int(`expected a whole number from ${String(minimum)} to ${String(maximum)}`)
    .min(minimum, `expected at least ${String(minimum)}`)
    .max(maximum, `expected at most ${String(maximum)}`);

const width = wholeNumber(1, 4096);

/** Channels of the first layer; every other layer keeps its proportion to it. */
const baseWidth = wholeNumber(1, 512).default(64).meta({ label: 'Width', unit: 'channels' });

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
    z.strictObject({ kind: z.literal('resnet18'), width: baseWidth }).meta({ label: 'ResNet-18' }),
    z.strictObject({ kind: z.literal('vgg11'), width: baseWidth }).meta({ label: 'VGG-11' }),
    z
      .strictObject({ kind: z.literal('vgg16-bn'), width: baseWidth })
      .meta({ label: 'VGG-16, batch norm', help: 'With the first dense layer in its exact reduced form.' }),
  ],
  { error: 'expected a model kind: mlp, convnet, resnet18, vgg11 or vgg16-bn' },
);
export type ModelSpec = z.infer<typeof modelSpec>;

export const datasetSplits = ['clean', 'reference'] as const;
export type DatasetSplit = (typeof datasetSplits)[number];

export const datasetSpec = z.strictObject({
  id: z.string().min(1).max(100).meta({ label: 'Data' }),
  split: z.enum(datasetSplits, { error: 'expected clean or reference' }).optional().meta({
    label: 'Split',
    help: 'clean validates on held-out training images and keeps the test file for the end; reference divides as the study did.',
  }),
  trainSize: wholeNumber(1, 10_000_000).optional().meta({ label: 'Training images', unit: 'images' }),
  augment: z.boolean().optional().meta({
    label: 'Augment',
    help: 'Each time an image is shown: 4 black pixels around it, a random crop of its own size, a mirror image half of the time.',
  }),
  resize: wholeNumber(1, 1024).optional().meta({ label: 'Resize to', unit: 'pixels a side' }),
});
export type DatasetSpec = z.infer<typeof datasetSpec>;

/** Imported weights of the library that a run begins with in place of the initialisation of its seed. */
const initialWeights = z.strictObject({
  weights: z.string().regex(recordIdPattern, 'expected the whole id of imported weights').meta({ label: 'Weights' }),
});

export const executorNames = ['auto', 'tfjs-node-gpu', 'onnx', 'tfjs-wasm', 'tfjs-cpu'] as const;

const methodField = z.preprocess(
  (value) => (typeof value === 'string' ? resolveMethodAlias(value) : value),
  z.enum(methodIds, { error: `expected one of ${methodIds.join(', ')}` }),
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
  learningRate,
  ...methodSettings,
  steps: wholeNumber(1, 100_000_000).meta({ label: 'Steps', unit: 'steps', help: 'Updates of the parameters.' }),
  seed: wholeNumber(0, 2 ** 32 - 1)
    .default(1)
    .meta({
      label: 'Seed',
      help: 'Decides the initialisation and the order of the images. Same seed and device, same bytes.',
    }),
  initialWeights: initialWeights.optional().meta({
    label: 'Initial weights',
    none: 'Drawn by the seed',
    help: 'The id of imported weights to begin with: parameters and running statistics. The seed still orders the images.',
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
  stopWhen: stopRule.optional().meta({
    label: 'Stop when',
    none: 'Never before the last step',
    help: 'Ends the run early, by what it has recorded.',
  }),
  checkpoints: checkpointPlan.optional().meta({
    label: 'Checkpoints',
    none: 'The best and the last',
    help: 'Which states of the net are kept. The best and the last always are, unless said otherwise.',
  }),
  ...instrumentSettings,
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
  for (const { field, message } of methodProblems(spec, microBatchCount(spec))) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
  for (const { index, message } of instrumentProblems(spec.method, spec.instruments)) {
    context.addIssue({ code: 'custom', path: ['instruments', index], message });
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
