import { scheduledInstruments } from './instrument-settings.ts';
import { instrumentDescription, measuredCounts } from './instruments.ts';
import type { InstrumentId } from './instruments.ts';
import { microBatchCount, microBatchSizeOf } from './run-spec.ts';
import type { RunSpec } from './run-spec.ts';

/** They use the same gradients of the same batch: due at one step, they cost one pass. */
const onLossGradients: readonly InstrumentId[] = ['gradient-norm', 'micro-gradient-norm', 'gradient-noise-scale'];

/**
 * Images times backward passes that the instruments of a spec add to a step, as a mean over a run without a budget, at
 * most. `trainImages`: images of the training split.
 */
export function instrumentEvaluationsPerStep(
  spec: Pick<RunSpec, 'method' | 'batchSize' | 'microBatchSize' | 'instruments'>,
  trainImages: number,
): number {
  const scheduled = scheduledInstruments(spec.instruments);
  const sharing = scheduled.filter(({ id }) => onLossGradients.includes(id));
  const alone = scheduled.filter(({ id }) => !onLossGradients.includes(id));
  const often = sharing.toSorted((one, other) => one.every - other.every).slice(0, 1);
  const { examples, ofBatch, ofSubset } = measuredCounts(microBatchSizeOf(spec), microBatchCount(spec), trainImages);
  const lookedAt = { none: 0, batch: ofBatch * examples, subset: ofSubset * examples };
  return [...alone, ...often].reduce((sum, { id, every }) => {
    const { images, gradientEvaluations } = instrumentDescription(id).cost;
    return sum + (gradientEvaluations * lookedAt[images]) / every;
  }, 0);
}
