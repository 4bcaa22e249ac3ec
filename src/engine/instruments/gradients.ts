import { MicrobatchError } from '../../contracts/errors.ts';
import type { InstrumentId } from '../../contracts/instruments.ts';
import { fisherTrace } from '../objectives/fisher-trace.ts';
import { unitJacobian } from '../objectives/unit-jacobian.ts';
import { RandomStream } from '../training/random.ts';
import { GradientPass, type PassKind, type PassResult } from './gradient-pass.ts';
import type { Instrument, InstrumentSetup, Moment, SharedPass } from './instrument.ts';
import type { MeasuredImages } from './measured-images.ts';
import { gradientNoiseScale } from './noise-scale.ts';

/** Gradients of the batch drawn for a step, computed once for all instruments that ask. */
export class BatchGradients implements SharedPass {
  readonly images: MeasuredImages;
  readonly #pass: GradientPass;
  readonly #seed: number;
  readonly #purpose: string;
  #disposed: Promise<void> | undefined;
  #latest: { readonly step: number; readonly result: Promise<PassResult> } | undefined;

  private constructor(pass: GradientPass, images: MeasuredImages, seed: number, purpose: string) {
    this.#pass = pass;
    this.images = images;
    this.#seed = seed;
    this.#purpose = purpose;
  }

  /** `purpose` names the random stream of the draws. */
  static async open(
    { executor, model, seed }: InstrumentSetup,
    images: MeasuredImages,
    purpose: string,
    kind: PassKind,
  ): Promise<BatchGradients> {
    return new BatchGradients(await GradientPass.open(executor, model, images.examples, kind), images, seed, purpose);
  }

  prepare({ result: { step }, before }: Moment): Promise<PassResult> {
    if (this.#latest?.step !== step) {
      const stream = RandomStream.named(this.#seed, `instrument/${this.#purpose}/${String(step)}`);
      this.#latest = { step, result: this.#pass.run(before, this.images.batch(step), stream) };
    }
    return this.#latest.result;
  }

  /** Of all instruments that share it: the first call counts. */
  dispose(): Promise<void> {
    return (this.#disposed ??= this.#pass.dispose());
  }
}

/** Values from the gradients of a batch. */
function ofBatch(
  id: InstrumentId,
  gradients: BatchGradients,
  values: (result: PassResult) => Record<string, number>,
): Instrument {
  return {
    id,
    needs: 'parameters',
    shared: gradients,
    measure: async (moment) => values(await gradients.prepare(moment)),
    dispose: () => gradients.dispose(),
  };
}

export function batchGradientNorm(gradients: BatchGradients): Instrument {
  return ofBatch('gradient-norm', gradients, ({ loss }) => ({ 'instrument/gradient_norm': loss }));
}

/** Throws `instrument/one-micro-batch`. */
export function microGradientNorm(gradients: BatchGradients): Instrument {
  requireSpread('micro-gradient-norm', gradients.images);
  return ofBatch('micro-gradient-norm', gradients, ({ squaredNorms }) => {
    const norms = squaredNorms.map(Math.sqrt);
    const centre = mean(norms);
    const squares = norms.reduce((sum, norm) => sum + (norm - centre) ** 2, 0);
    return {
      'instrument/micro_gradient_norm': Math.sqrt(mean(squaredNorms)),
      'instrument/micro_gradient_norm_mean': centre,
      'instrument/micro_gradient_norm_spread': Math.sqrt(squares / (norms.length - 1)),
    };
  });
}

/** The penalty of the method itself, over all micro-batches: P and its angle to the loss gradient. */
export function penaltyGradientNorm(gradients: BatchGradients): Instrument {
  return ofBatch('penalty-gradient-norm', gradients, ({ loss, penalty, product }) => ({
    'instrument/penalty_gradient_norm': penalty,
    'instrument/penalty_gradient_cosine': product / (loss * penalty),
  }));
}

/**
 * From the norms of the step itself. k micro-batches of b_j images weigh the same, so their mean behaves as one batch of
 * k h images, h the harmonic mean of the b_j: exact also for the short micro-batch at the end of an epoch.
 */
export function stepNoiseScale(microBatches: number): Instrument {
  return {
    id: 'gradient-noise-scale',
    needs: 'result',
    shared: undefined,
    measure: ({ result }) => {
      const count = result.microBatches.length;
      if (count < 2) return Promise.resolve({});
      const smallBatch = count / result.microBatches.reduce((sum, examples) => sum + 1 / examples, 0);
      // The recorded gradient is divided by the nominal number of micro-batches, also in an incomplete group.
      const norm = ((result.scalars['train/loss_gradient_norm'] ?? Number.NaN) * microBatches) / count;
      const smallSquaredNorm = result.scalars['train/micro_gradient_norm_squared'] ?? Number.NaN;
      return Promise.resolve(noiseScaleValues(smallBatch, count, smallSquaredNorm, norm));
    },
    dispose: () => Promise.resolve(),
  };
}

/** For steps of one micro-batch: from a batch drawn for it. Throws `instrument/one-micro-batch`. */
export function batchNoiseScale(gradients: BatchGradients): Instrument {
  requireSpread('gradient-noise-scale', gradients.images);
  return ofBatch('gradient-noise-scale', gradients, ({ squaredNorms, loss }) =>
    noiseScaleValues(gradients.images.examples, squaredNorms.length, mean(squaredNorms), loss),
  );
}

function noiseScaleValues(
  smallBatch: number,
  count: number,
  smallSquaredNorm: number,
  norm: number,
): Record<string, number> {
  const largeBatch = count * smallBatch;
  const estimate = gradientNoiseScale({ smallBatch, largeBatch, smallSquaredNorm, largeSquaredNorm: norm ** 2 });
  return {
    'instrument/noise_scale': estimate.ratio,
    'instrument/noise_scale_signal': estimate.signal,
    'instrument/noise_scale_noise': estimate.noise,
  };
}

/** E[R_j] = tr(F_j) / m where images do not touch each other; batch norm couples them a little. */
export async function fisherTraceInstrument(setup: InstrumentSetup, images: MeasuredImages): Promise<Instrument> {
  const gradients = await BatchGradients.open(setup, images, 'fisher-trace', { kind: 'scalar', penalty: fisherTrace });
  return ofBatch('fisher-trace', gradients, ({ squaredNorms }) => ({
    'instrument/fisher_trace': images.examples * mean(squaredNorms),
  }));
}

export async function unitJacobianNorm(setup: InstrumentSetup, images: MeasuredImages): Promise<Instrument> {
  const kind = { kind: 'scalar', penalty: unitJacobian } as const;
  const gradients = await BatchGradients.open(setup, images, 'unit-jacobian-norm', kind);
  return ofBatch('unit-jacobian-norm', gradients, ({ squaredNorms }) => ({
    'instrument/unit_jacobian_norm': Math.sqrt(mean(squaredNorms)),
  }));
}

function requireSpread(id: InstrumentId, images: MeasuredImages): void {
  if (images.ofBatch > 1) return;
  throw new MicrobatchError({
    code: 'instrument/one-micro-batch',
    message: `${id} compares micro-batches, and the training images make up only one of ${String(images.examples)} images`,
    expected: 'training images for two micro-batches at least',
    remedy: 'make the micro-batch smaller, or leave the instrument out',
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
