import { scheduledInstruments } from './instrument-settings.ts';
import { instrumentDescription, measuredMicroBatches, subsetImages } from './instruments.ts';
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
  return [...alone, ...often].reduce((sum, { id, every }) => {
    const { images, gradientEvaluations } = instrumentDescription(id).cost;
    return sum + (gradientEvaluations * imagesOf(images, spec, trainImages)) / every;
  }, 0);
}

function imagesOf(
  images: 'none' | 'batch' | 'subset',
  spec: Pick<RunSpec, 'method' | 'batchSize' | 'microBatchSize'>,
  trainImages: number,
): number {
  if (images === 'none') return 0;
  const examples = Math.min(microBatchSizeOf(spec), trainImages);
  const ofStep = microBatchCount(spec);
  const ofBatch = ofStep > 1 ? ofStep : measuredMicroBatches;
  const wanted = images === 'batch' ? ofBatch : Math.ceil(subsetImages / examples);
  return Math.min(wanted, Math.floor(trainImages / examples)) * examples;
}
