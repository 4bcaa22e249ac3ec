export type Numbers = ArrayLike<number>;

export interface Worst {
  /** Error as a share of its limit: above 1 fails. */
  readonly share: number;
  readonly quantity: string;
}

/** Limits of the case files' description: a float32 program keeps 20 to 100 times below them. */
export const limits = {
  gradient: 1e-4,
  parameter: 1e-5,
  runningStatistic: 1e-5,
  logit: 1e-4,
  figure: 1e-4,
} as const;

/** Collects comparisons and remembers the one nearest to, or furthest beyond, its limit. NaN counts as beyond any. */
export class Checks {
  #worst: Worst = { share: 0, quantity: 'nothing compared' };

  get worst(): Worst {
    return this.#worst;
  }

  record(quantity: string, error: number, limit: number): void {
    const share = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / limit;
    if (share >= this.#worst.share) this.#worst = { share, quantity };
  }

  /** A loss, norm or penalty: relative to the expected value, absolute where that is zero. Skips what a case does not state. */
  figure(quantity: string, actual: number, expected: number | undefined): void {
    if (expected === undefined) return;
    this.record(quantity, Math.abs(actual - expected) / (expected === 0 ? 1 : Math.abs(expected)), limits.figure);
  }

  /** A count or a percentage of few images: any difference fails. */
  exact(quantity: string, actual: number, expected: number): void {
    this.record(quantity, Math.abs(actual - expected), 1e-6);
  }

  /** Greatest absolute difference. */
  absolute(quantity: string, actual: Numbers, expected: Numbers, limit: number): void {
    this.record(quantity, greatestDifference(actual, expected), limit);
  }

  /** norm(difference) / norm of several tensors taken together. */
  relativeNorm(
    quantity: string,
    pairs: readonly (readonly [actual: Numbers, expected: Numbers])[],
    limit: number,
  ): void {
    let difference = 0;
    let norm = 0;
    for (const [actual, expected] of pairs) {
      if (actual.length !== expected.length) difference = Number.NaN;
      for (let index = 0; index < expected.length; index += 1) {
        const value = expected[index] ?? Number.NaN;
        difference += ((actual[index] ?? Number.NaN) - value) ** 2;
        norm += value ** 2;
      }
    }
    this.record(quantity, Math.sqrt(difference) / (norm === 0 ? 1 : Math.sqrt(norm)), limit);
  }
}

function greatestDifference(actual: Numbers, expected: Numbers): number {
  if (actual.length !== expected.length) return Number.NaN;
  let greatest = 0;
  for (let index = 0; index < expected.length; index += 1) {
    const difference = Math.abs((actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN));
    if (Number.isNaN(difference)) return difference;
    greatest = Math.max(greatest, difference);
  }
  return greatest;
}
