import { z } from 'zod';
import { recordId } from './record-id.ts';
import { datasetSpec, modelSpec } from './run-spec.ts';

export const evaluationSplits = ['validation', 'test'] as const;
export type EvaluationSplit = (typeof evaluationSplits)[number];
export const checkpointSelector = z.union([z.enum(['best', 'last']), z.int().min(0)]);

/** What is to be evaluated, and on which images. */
export const evaluationRequest = z.object({
  of: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('checkpoint'), run: recordId, checkpoint: checkpointSelector }),
    /** Imported weights, which do not say what they are. */
    z.object({ kind: z.literal('weights'), weights: recordId, model: modelSpec, dataset: datasetSpec }),
  ]),
  split: z.enum(evaluationSplits),
});
export type EvaluationRequest = z.infer<typeof evaluationRequest>;

/** How good a net is on a split; accuracies are fractions, the loss is the mean cross-entropy in nats. */
export const evaluationFigures = z.object({
  /** Step of the checkpoint; null for imported weights. */
  checkpoint: z.int().nullable(),
  split: z.enum(evaluationSplits),
  /** What inferred; figures that were kept before it was told lack it. */
  executor: z.string().optional(),
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

/** An evaluation of imported weights: what they were taken for, and what they came to. */
export const weightsEvaluation = z.object({
  model: modelSpec,
  dataset: datasetSpec,
  /** When it was made, as an ISO 8601 time. */
  at: z.iso.datetime(),
  figures: evaluationFigures,
});
export type WeightsEvaluation = z.infer<typeof weightsEvaluation>;

/** What is kept of a checkpoint's evaluation that was made at a time; null for imported weights, which keep all figures. */
export function summaryOf(figures: EvaluationFigures, at: Date): KeptEvaluation | null {
  const { checkpoint, split, loss, accuracy, top5, n, calibration } = figures;
  if (checkpoint === null) return null;
  return {
    ...{ checkpoint, split, at: at.toISOString(), loss, accuracy, top5, n },
    // The sum of a thousand rounded terms may exceed 1 by its last bit.
    calibrationError: Math.min(1, calibration.error),
  };
}

/** `eval`: of a run or of imported weights; the other one is null. */
export const evalDocument = evaluationFigures.extend({ run: z.string().nullable(), weights: z.string().nullable() });
