import { z } from 'zod';
import { convnet, mlp } from '../src/engine/models/architectures.ts';
import type { ModelDefinition } from '../src/engine/models/model.ts';

/** forward = logits; plain = gradient; penalised = gradient of loss + lambda norm(gradient)^2; step = a whole penalised step. */
export const benchMode = z.enum(['forward', 'plain', 'penalised', 'step']);
export type BenchMode = z.infer<typeof benchMode>;

export interface BenchNet {
  readonly name: string;
  readonly model: ModelDefinition;
  /** Images of a micro-batch. */
  readonly examples: number;
}

/** What a case's process prints after a round: medians over the round's calls, and the peak so far. */
export const roundResult = z.object({
  /** Wall time of a call. */
  milliseconds: z.number(),
  /** Processor time of a call, all threads together. */
  cpuMilliseconds: z.number(),
  /** Peak resident memory of the process. */
  megabytes: z.number(),
});
export type RoundResult = z.infer<typeof roundResult>;

/** Micro-batches of one measured step, before the parameters move. */
export const microBatchesOfStep = 4;

const small: BenchNet['model']['inputShape'] = [3, 16, 16];
const cifar: BenchNet['model']['inputShape'] = [3, 32, 32];
const classes = 10;
const smallWidths = [32, 32, 'pool', 64, 64, 'pool'] as const;

export const nets: readonly BenchNet[] = [
  {
    name: 'mlp-512-512 b128',
    model: mlp({ inputShape: [1, 28, 28], classes, widths: [512, 512] }),
    examples: 128,
  },
  {
    name: 'small@16 b64',
    model: convnet({ inputShape: small, classes, widths: smallWidths, batchNorm: false }),
    examples: 64,
  },
  {
    name: 'small@32 b128',
    model: convnet({ inputShape: cifar, classes, widths: smallWidths, batchNorm: false }),
    examples: 128,
  },
];
