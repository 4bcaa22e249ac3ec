import type { InstrumentId } from '../../contracts/instruments.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { hessianTop, hessianTrace } from './curvature.ts';
import { distanceFromInitialisation, updateToWeight } from './displacement.ts';
import {
  BatchGradients,
  batchGradientNorm,
  batchNoiseScale,
  fisherTraceInstrument,
  microGradientNorm,
  penaltyGradientNorm,
  stepNoiseScale,
  unitJacobianNorm,
} from './gradients.ts';
import type { Instrument, InstrumentSetup } from './instrument.ts';
import { MeasuredImages } from './measured-images.ts';

/**
 * The instruments of a run, ready to measure; those on the same gradients share one pass. Throws `instrument/no-penalty`,
 * `instrument/one-micro-batch`, `executor/compile-failed`.
 */
export async function openInstruments(ids: readonly InstrumentId[], setup: InstrumentSetup): Promise<Instrument[]> {
  const images = new MeasuredImages(setup);
  let gradients: Promise<BatchGradients> | undefined;
  const lossGradients = (): Promise<BatchGradients> =>
    (gradients ??= BatchGradients.open(setup, images, 'gradients', { kind: 'loss' }));
  const opened: Instrument[] = [];
  try {
    for (const id of ids) opened.push(await openInstrument(id, setup, images, lossGradients));
    return opened;
  } catch (error) {
    await Promise.all(opened.map((instrument) => instrument.dispose()));
    throw error;
  }
}

async function openInstrument(
  id: InstrumentId,
  setup: InstrumentSetup,
  images: MeasuredImages,
  lossGradients: () => Promise<BatchGradients>,
): Promise<Instrument> {
  const { method, batchSize, microBatchSize } = setup;
  switch (id) {
    case 'gradient-norm':
      return batchGradientNorm(await lossGradients());
    case 'micro-gradient-norm':
      return microGradientNorm(await lossGradients());
    case 'penalty-gradient-norm': {
      const { penalty } = method;
      if (penalty === undefined) {
        throw new MicrobatchError({
          code: 'instrument/no-penalty',
          message: `${method.id} has no penalty to measure`,
          remedy: `leave ${id} out`,
        });
      }
      const kind = { kind: 'penalty', penalty: penalty.definition } as const;
      return penaltyGradientNorm(await BatchGradients.open(setup, images, id, kind));
    }
    case 'gradient-noise-scale': {
      const microBatches = method.microBatches(batchSize, microBatchSize);
      return microBatches > 1 ? stepNoiseScale(microBatches) : batchNoiseScale(await lossGradients());
    }
    case 'distance-from-initialisation':
      return distanceFromInitialisation(setup);
    case 'update-to-weight':
      return updateToWeight(setup);
    case 'fisher-trace':
      return fisherTraceInstrument(setup, images);
    case 'unit-jacobian-norm':
      return unitJacobianNorm(setup, images);
    case 'hessian-top':
      return hessianTop(setup, images);
    case 'hessian-trace':
      return hessianTrace(setup, images);
  }
}
