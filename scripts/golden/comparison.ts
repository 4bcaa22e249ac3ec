/**
 * Limits of golden/README.md ("Tolerances"): an error is reported as a share of its limit, so above 1 fails.
 */
export const limits = {
  gradientRelative: 1e-4,
  parameterAbsolute: 1e-5,
  runningStatisticAbsolute: 1e-5,
  logitAbsolute: 1e-4,
  scalarRelative: 1e-4,
} as const;

type Numbers = Float32Array | Float64Array | readonly number[];

/** Keeps the worst error of a case, as a share of its limit, with the quantity that has it. */
export class Comparison {
  worst = 0;
  quantity = 'nothing compared';
  compared = 0;

  /** Euclidean norm of the difference over the norm of what is expected, all tensors together. */
  vectors(quantity: string, actual: ReadonlyMap<string, Numbers>, expected: ReadonlyMap<string, Numbers>): void {
    let difference = 0;
    let reference = 0;
    for (const [name, wanted] of expected) {
      const found = actual.get(name);
      if (found?.length !== wanted.length) {
        this.#record(`${quantity} ${name} (missing or of another size)`, Number.POSITIVE_INFINITY);
        return;
      }
      for (let index = 0; index < wanted.length; index += 1) {
        const target = wanted[index] ?? Number.NaN;
        difference += ((found[index] ?? Number.NaN) - target) ** 2;
        reference += target ** 2;
      }
    }
    const error = reference === 0 ? Math.sqrt(difference) : Math.sqrt(difference / reference);
    this.#record(quantity, error / limits.gradientRelative);
  }

  /** Greatest absolute difference of any entry. */
  absolute(quantity: string, actual: Numbers | undefined, expected: Numbers, limit: number): void {
    if (actual?.length !== expected.length) {
      this.#record(`${quantity} (missing or of another size)`, Number.POSITIVE_INFINITY);
      return;
    }
    let greatest = 0;
    for (let index = 0; index < expected.length; index += 1) {
      const difference = Math.abs((actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN));
      greatest = difference <= greatest ? greatest : difference;
    }
    this.#record(quantity, greatest / limit);
  }

  /** Relative difference of one figure; figures that should be zero are held to the limit absolutely. */
  scalar(quantity: string, actual: number | undefined, expected: number): void {
    const difference = Math.abs((actual ?? Number.NaN) - expected);
    const scale = expected === 0 ? 1 : Math.abs(expected);
    this.#record(quantity, difference / scale / limits.scalarRelative);
  }

  /** A count that must be met exactly. */
  count(quantity: string, actual: number | undefined, expected: number): void {
    this.#record(quantity, actual === expected ? 0 : Number.POSITIVE_INFINITY);
  }

  #record(quantity: string, share: number): void {
    this.compared += 1;
    const value = Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
    if (value > this.worst || this.compared === 1) {
      this.worst = value;
      this.quantity = quantity;
    }
  }
}
