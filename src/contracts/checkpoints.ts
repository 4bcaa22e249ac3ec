import { z } from 'zod';
import { errorShape } from './errors.ts';

/**
 * What a run keeps beside its last state. Decides nothing about the training, so that it is no part of a spec's hash.
 */
export const checkpointPlan = z.strictObject({
  every: z
    .int('expected a whole number from 1')
    .min(1, 'expected at least 1')
    .max(100_000_000, 'expected at most 100000000')
    .optional()
    .meta({ label: 'Keep every', unit: 'steps', help: 'Keeps the state after every so many steps.' }),
  perDecade: z
    .int('expected a whole number from 1 to 10')
    .min(1, 'expected at least 1')
    .max(10, 'expected at most 10')
    .optional()
    .meta({
      label: 'Keep per decade',
      unit: 'checkpoints',
      help: 'Keeps states ever farther apart: 3 per decade are those after 1, 2, 5, 10, 22, 46, 100, ... steps.',
    }),
  keepBest: z.boolean().default(true).meta({
    label: 'Keep the best',
    help: 'Keeps the state of the best validation accuracy, the first of equal ones.',
  }),
});
export type CheckpointPlan = z.infer<typeof checkpointPlan>;

/** Whether the plan keeps the state after `step` updates for good. Log-spaced steps are round(10^(k / perDecade)). */
export function isScheduled({ every, perDecade }: Pick<CheckpointPlan, 'every' | 'perDecade'>, step: number): boolean {
  if (step < 1) return false;
  if (every !== undefined && step % every === 0) return true;
  if (perDecade === undefined) return false;
  const nearest = Math.round(perDecade * Math.log10(step));
  return Math.round(10 ** (nearest / perDecade)) === step;
}

/** Why a checkpoint is kept: the newest of the best validation accuracies, the newest of all, or its step is on the schedule. */
const checkpointLabels = ['best', 'last', 'scheduled'] as const;
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

/**
 * What is kept when checkpoints are removed: the best and the last always; of the others those on the schedule, as a
 * plan has it, none without one. Above the budget, the oldest of them go as well.
 */
export const retentionRule = z.strictObject({
  every: checkpointPlan.shape.every,
  perDecade: checkpointPlan.shape.perDecade,
  /** Greatest size of all checkpoints of the run together, bytes. */
  budgetBytes: z.int().min(0).optional(),
});
export type RetentionRule = z.infer<typeof retentionRule>;

/** What a rule keeps and removes; bytes as on disk, shared tensors counted once. */
export const pruneReport = z.object({
  keep: z.array(checkpointEntry),
  remove: z.array(checkpointEntry),
  bytesBefore: z.int(),
  bytesAfter: z.int(),
});
export type PruneReport = z.infer<typeof pruneReport>;

/** The same for many runs; above the budget of all together, the oldest of whichever run go first. */
export const libraryRetention = retentionRule.extend({ totalBytes: z.int().min(0).optional() });
export type LibraryRetention = z.infer<typeof libraryRetention>;

/** What a rule keeps and removes of many runs, those without checkpoints left out. */
export const libraryPruneReport = z.object({
  runs: z.array(pruneReport.extend({ run: z.string() })),
  /** Runs that were left alone, and why: they train or wait, or cannot be written. */
  refused: z.array(z.object({ run: z.string(), error: errorShape })),
  bytesBefore: z.int(),
  bytesAfter: z.int(),
});
export type LibraryPruneReport = z.infer<typeof libraryPruneReport>;

/** The checkpoints of a run, oldest first, and what is wrong with those that cannot be read. */
export const checkpointList = z.object({ checkpoints: z.array(checkpointEntry), damaged: z.array(errorShape) });
export type CheckpointList = z.infer<typeof checkpointList>;
