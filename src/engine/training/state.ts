import { z } from 'zod';
import { methodIds } from '../../contracts/methods.ts';
import { randomState } from './random.ts';
import { streamStates } from './streams.ts';

const tensor = z.custom<Float32Array>((value) => value instanceof Float32Array, 'expected a Float32Array');
const tensors = z.record(z.string(), tensor);
const count = z.int().min(0);

/**
 * Everything that decides how training goes on, between two steps: a trainer restored from it takes the same steps,
 * byte for byte, on the same executor and device.
 */
export const trainingState = z.strictObject({
  version: z.literal(1),
  /** Row-major, by state_dict name. */
  parameters: tensors,
  /** Running statistics of batch norm. */
  buffers: tensors,
  method: z.strictObject({
    id: z.enum(methodIds),
    state: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  }),
  /** Random streams by purpose. `order`: as it was before the current epoch was shuffled; `augmentation`: as it is. */
  streams: streamStates.extend({ order: randomState, augmentation: randomState }),
  /** Where the sampler stands: passes completed, examples of the current pass served. */
  sampler: z.strictObject({ epoch: count, position: count }),
  counters: z.strictObject({
    step: count,
    samplesSeen: count,
    /** Images times backward passes; a penalised image counts twice. */
    gradientEvaluations: count,
  }),
});
export type TrainingState = z.infer<typeof trainingState>;
