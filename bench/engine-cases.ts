import { z } from 'zod';

/** A convolutional net (3x3 convolutions with bias and ReLU, 2x2 max pooling, one dense layer) on one micro-batch. */
export const benchNet = z.object({
  name: z.string(),
  inputShape: z.tuple([z.int(), z.int(), z.int()]),
  classes: z.int(),
  widths: z.array(z.union([z.int(), z.literal('pool')])),
  examples: z.int(),
});

/** forward = logits; plain = gradient; penalised = gradient of loss + lambda norm(gradient)^2; step = a whole penalised step. */
export const benchMode = z.enum(['forward', 'plain', 'penalised', 'step']);

export const engineCase = z.object({
  net: benchNet,
  mode: benchMode,
  threads: z.int(),
  warmUp: z.int(),
  calls: z.int(),
});
export type EngineCase = z.infer<typeof engineCase>;

/** What a case's process prints: median duration of a call, peak resident memory of the process. */
export const caseResult = z.object({ milliseconds: z.number(), megabytes: z.number() });
export type CaseResult = z.infer<typeof caseResult>;

/** Micro-batches of one measured step, before the parameters move. */
export const microBatchesOfStep = 4;

export const nets: readonly z.infer<typeof benchNet>[] = [
  {
    name: '8-8-pool-16-16-pool@14 b50',
    inputShape: [1, 14, 14],
    classes: 10,
    widths: [8, 8, 'pool', 16, 16, 'pool'],
    examples: 50,
  },
  {
    name: '16-16-pool-32-32-pool@16 b50',
    inputShape: [1, 16, 16],
    classes: 10,
    widths: [16, 16, 'pool', 32, 32, 'pool'],
    examples: 50,
  },
  {
    name: 'small@16 b64',
    inputShape: [3, 16, 16],
    classes: 10,
    widths: [32, 32, 'pool', 64, 64, 'pool'],
    examples: 64,
  },
];
