import { z } from 'zod';
import type { ModelSpec } from '../src/contracts/run-spec.ts';
import { modelOf } from '../src/engine/models/index.ts';
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

const classes = 10;
const grey = { inputShape: [1, 28, 28], classes } as const;
const small = { inputShape: [3, 16, 16], classes } as const;
const cifar = { inputShape: [3, 32, 32], classes } as const;
const smallNet: ModelSpec = { kind: 'convnet', widths: [32, 32, 'pool', 64, 64, 'pool'], batchNorm: false };
const width = 64;

export const nets: readonly BenchNet[] = [
  { name: 'mlp 512-512 b128', model: modelOf({ kind: 'mlp', widths: [512, 512] }, grey), examples: 128 },
  { name: 'small@16 b64', model: modelOf(smallNet, small), examples: 64 },
  { name: 'small@32 b128', model: modelOf(smallNet, cifar), examples: 128 },
  { name: 'resnet18 b8', model: modelOf({ kind: 'resnet18', width }, cifar), examples: 8 },
  { name: 'resnet18 b16', model: modelOf({ kind: 'resnet18', width }, cifar), examples: 16 },
  { name: 'vgg11 b16', model: modelOf({ kind: 'vgg11', width }, cifar), examples: 16 },
  { name: 'vgg16-bn b8', model: modelOf({ kind: 'vgg16-bn', width }, cifar), examples: 8 },
];
