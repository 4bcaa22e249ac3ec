/** Squared gradient norms at two batch sizes, each the mean over as many batches as there are. */
export interface TwoBatchNorms {
  readonly smallBatch: number;
  readonly largeBatch: number;
  readonly smallSquaredNorm: number;
  readonly largeSquaredNorm: number;
}

export interface NoiseScale {
  /** Estimates the squared norm of the true gradient; noise can make it negative. */
  readonly signal: number;
  /** Estimates the trace of the covariance of an image's gradient. */
  readonly noise: number;
  /** noise / signal, the simple noise scale, in images. */
  readonly ratio: number;
}

/**
 * The gradient noise scale of McCandlish, Kaplan, Amodei et al., "An Empirical Model of Large-Batch Training", 2018:
 *
 *   signal = (B q_B - b q_b) / (B - b),   noise = (q_b - q_B) / (1/b - 1/B),   q = squared gradient norm.
 *
 * Both are unbiased for independent images; the ratio is not, so smooth them apart before dividing.
 */
export function gradientNoiseScale({
  smallBatch,
  largeBatch,
  smallSquaredNorm,
  largeSquaredNorm,
}: TwoBatchNorms): NoiseScale {
  const signal = (largeBatch * largeSquaredNorm - smallBatch * smallSquaredNorm) / (largeBatch - smallBatch);
  const noise = (smallSquaredNorm - largeSquaredNorm) / (1 / smallBatch - 1 / largeBatch);
  return { signal, noise, ratio: noise / signal };
}
