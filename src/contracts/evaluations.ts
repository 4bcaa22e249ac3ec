import { z } from 'zod';

export const evaluationSplits = ['validation', 'test'] as const;
export const checkpointSelector = z.union([z.enum(['best', 'last']), z.int().min(0)]);

/** How good a net is on a split; accuracies are fractions, the loss is the mean cross-entropy in nats. */
export const evaluationFigures = z.object({
  /** Step of the checkpoint; null for imported weights. */
  checkpoint: z.int().nullable(),
  split: z.enum(evaluationSplits),
  loss: z.number(),
  accuracy: z.number(),
  /** Share of images whose class is among the five greatest logits. */
  top5: z.number(),
  n: z.int(),
  classes: z.array(z.object({ name: z.string(), n: z.int(), correct: z.int() })),
  /** Images by true class (rows) and predicted class (columns). */
  confusion: z.array(z.array(z.int())),
  calibration: z.object({
    /** Expected calibration error: sum over bins of n_bin / n times |accuracy - mean confidence|. */
    error: z.number(),
    /** Bins of equal width by the greatest probability; means are null where a bin is empty. */
    bins: z.array(z.object({ n: z.int(), confidence: z.number().nullable(), accuracy: z.number().nullable() })),
  }),
});
export type EvaluationFigures = z.infer<typeof evaluationFigures>;

/** What is kept of an evaluation of a run's checkpoint. */
export const keptEvaluation = z.object({
  checkpoint: z.int().min(0),
  split: z.enum(evaluationSplits),
  /** When it was made, as an ISO 8601 time. */
  at: z.iso.datetime(),
  loss: z.number(),
  accuracy: z.number().min(0).max(1),
  top5: z.number().min(0).max(1),
  n: z.int().min(1),
  calibrationError: z.number().min(0).max(1),
});
export type KeptEvaluation = z.infer<typeof keptEvaluation>;

/** `eval`: of a run or of imported weights; the other one is null. */
export const evalDocument = evaluationFigures.extend({ run: z.string().nullable(), weights: z.string().nullable() });
