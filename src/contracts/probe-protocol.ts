import { z } from 'zod';
import { errorShape } from './errors.ts';
import { devicesReport, executorReport } from './devices.ts';
import { checkpointSelector, evaluationFigures, evaluationSplits } from './evaluations.ts';
import { runSpec } from './run-spec.ts';

/** What a host may ask a probe process. It answers once, after word of its progress, and exits. */
export const toProbe = z.discriminatedUnion('type', [
  /** Which executors work on this machine. */
  z.object({
    type: z.literal('executors'),
    /** Folder of native TensorFlow runtimes. */
    runtimes: z.string(),
  }),
  /** What a spec amounts to, without training. */
  z.object({
    type: z.literal('plan'),
    spec: runSpec,
    /** Folder of the data sets that the user has added. */
    datasets: z.string().optional(),
  }),
  /** What it takes to train a spec here, by training it for a moment. */
  z.object({
    type: z.literal('trial'),
    spec: runSpec,
    /** Folder of the data sets that ship with the application. */
    resources: z.string(),
    /** Folder of the data sets that the user has added. */
    datasets: z.string().optional(),
    /** Folder of native TensorFlow runtimes. */
    runtimes: z.string(),
  }),
  /** How good a checkpoint of a run is on a split. */
  z.object({
    type: z.literal('evaluate'),
    spec: runSpec,
    net: z.discriminatedUnion('from', [
      /** `run`: its folder. */
      z.object({ from: z.literal('checkpoint'), run: z.string(), checkpoint: checkpointSelector }),
      /** The imported weights that the spec begins with; `library`: the folder of the library that has them. */
      z.object({ from: z.literal('initialWeights'), library: z.string() }),
    ]),
    split: z.enum(evaluationSplits),
    resources: z.string(),
    datasets: z.string().optional(),
    runtimes: z.string(),
  }),
  /** Whether the native TensorFlow runtime in a folder loads and computes rightly. */
  z.object({ type: z.literal('runtime'), folder: z.string() }),
]);
export type ToProbe = z.infer<typeof toProbe>;

export const planFigures = z.object({
  parameters: z.int(),
  gradientEvaluationsPerStep: z.number(),
  /** Multiplications and additions of one full step. */
  operationsPerStep: z.number().nullable(),
  /** Image gradients that instruments add to a step, at most, as a mean over the run. */
  instrumentEvaluationsPerStep: z.number(),
});
export type PlanFigures = z.infer<typeof planFigures>;

export const trialFigures = z.object({
  /** What `auto` turned into. */
  executor: z.string(),
  /** With the share that instruments add to it. */
  secondsPerStep: z.number(),
  secondsPerEvaluation: z.number(),
  /** Greatest resident memory of the whole process, with the images and the libraries. */
  peakBytes: z.number(),
});
export type TrialFigures = z.infer<typeof trialFigures>;

export const runtimeProbe = z.object({
  /** Of TensorFlow. */
  version: z.string(),
  graphicsCard: z.boolean(),
});
export type RuntimeProbe = z.infer<typeof runtimeProbe> & {
  /** What TensorFlow said while it looked for graphics cards. */
  readonly words: string;
};

export const fromProbe = z.discriminatedUnion('type', [
  /** How far it is with an evaluation; the answer follows. */
  z.object({ type: z.literal('progress'), fraction: z.number() }),
  z.object({ type: z.literal('evaluation'), evaluation: evaluationFigures }),
  z.object({
    type: z.literal('executors'),
    executors: z.array(executorReport),
    graphicsCards: devicesReport.shape.graphicsCards,
  }),
  z.object({ type: z.literal('plan'), plan: planFigures }),
  z.object({ type: z.literal('trial'), trial: trialFigures }),
  z.object({ type: z.literal('runtime'), runtime: runtimeProbe }),
  z.object({ type: z.literal('failed'), error: errorShape }),
]);
export type FromProbe = z.infer<typeof fromProbe>;
