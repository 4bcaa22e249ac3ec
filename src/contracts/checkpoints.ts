import { z } from 'zod';
import { errorShape } from './errors.ts';

/** Why a checkpoint is kept: the newest of the best validation accuracies, the newest of all, or its step is on the schedule. */
export const checkpointLabels = ['best', 'last', 'scheduled'] as const;
export const checkpointLabel = z.enum(checkpointLabels);
export type CheckpointLabel = z.infer<typeof checkpointLabel>;

/** What an evaluation at exactly the step of a checkpoint gave; accuracy as a fraction, loss in nats. */
export const checkpointValidation = z.object({ accuracy: z.number(), loss: z.number() });
export type CheckpointValidation = z.infer<typeof checkpointValidation>;

/** A checkpoint of a run, as lists show it. */
export const checkpointEntry = z.object({
  /** Updates taken. */
  step: z.int().min(0),
  /** Empty for one that is only kept behind the last, as a way back should that be damaged. */
  labels: z.array(checkpointLabel),
  /** Its own bytes on disk; tensors that it shares with another checkpoint count for both. */
  bytes: z.int(),
  savedAt: z.string(),
  /** Null where the run was not evaluated at this step. */
  validation: checkpointValidation.nullable(),
});
export type CheckpointEntry = z.infer<typeof checkpointEntry>;

/** The checkpoints of a run, oldest first, and what is wrong with those that cannot be read. */
export const checkpointList = z.object({ checkpoints: z.array(checkpointEntry), damaged: z.array(errorShape) });
export type CheckpointList = z.infer<typeof checkpointList>;
