/** A recorded curve: steps ascending, one value each; NaN where a value was not finite. */
export interface Curve {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * Debiased exponential moving average with weight w, value by value: s_t = (1 - w) sum_k w^k y_(t-k) / (1 - w^(t+1)), on
 * logarithms where the axis is logarithmic. Gaps (NaN, and values not above zero on a logarithmic axis) are left as they are.
 */
export class MovingAverage {
  readonly #weight: number;
  readonly #logarithmic: boolean;
  #sum = 0;
  #norm = 0;

  /** `after`: what the average of very many values before has come to. */
  constructor(weight: number, logarithmic: boolean, after?: number) {
    this.#weight = weight;
    this.#logarithmic = logarithmic;
    if (after === undefined) return;
    this.#sum = logarithmic ? Math.log(after) : after;
    this.#norm = 1;
  }

  next(raw: number): number {
    const value = this.#logarithmic ? Math.log(raw) : raw;
    if (!Number.isFinite(value)) return raw;
    this.#sum = this.#weight * this.#sum + (1 - this.#weight) * value;
    this.#norm = this.#weight * this.#norm + (1 - this.#weight);
    const average = this.#sum / this.#norm;
    return this.#logarithmic ? Math.exp(average) : average;
  }
}

/** The moving average of a whole series. */
export function smooth(values: Float64Array, weight: number, logarithmic = false): Float64Array {
  const average = new MovingAverage(weight, logarithmic);
  return values.map((value) => average.next(value));
}

/**
 * At most about `points` points of a curve, none of its extremes lost: of every bucket of equal count the first, the
 * least, the greatest and the last point stay, in order.
 */
export function thin(curve: Curve, points: number): Curve {
  const count = curve.x.length;
  if (count <= points) return curve;
  const buckets = Math.max(1, Math.floor(points / 4));
  const kept: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const from = Math.floor((bucket * count) / buckets);
    const to = Math.floor(((bucket + 1) * count) / buckets);
    for (const index of bucketExtremes(curve.y, from, to)) kept.push(index);
  }
  return {
    x: Float64Array.from(kept, (index) => curve.x[index] ?? Number.NaN),
    y: Float64Array.from(kept, (index) => curve.y[index] ?? Number.NaN),
  };
}

/** Indices of first, least, greatest, last and the first gap of [from, to), ascending, without repeats. */
function bucketExtremes(values: Float64Array, from: number, to: number): number[] {
  let least = from;
  let greatest = from;
  let gap = from;
  for (let index = from; index < to; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) {
      if (gap === from) gap = index;
      continue;
    }
    if (!(value >= (values[least] ?? Number.NaN))) least = index;
    if (!(value <= (values[greatest] ?? Number.NaN))) greatest = index;
  }
  return [...new Set([from, least, greatest, gap, to - 1])].sort((left, right) => left - right);
}

/** Index of the last x at or before `at`; -1 where the curve starts later. */
export function indexAt(x: Float64Array, at: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((x[middle] ?? Number.POSITIVE_INFINITY) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Value at `at`, linear between neighbours; null outside the curve, so that a mean never counts a run that has ended. */
export function valueAt(curve: Curve, at: number): number | null {
  const index = indexAt(curve.x, at);
  const left = curve.y[index];
  if (left === undefined) return null;
  const leftX = curve.x[index] ?? Number.NaN;
  if (leftX === at) return Number.isNaN(left) ? null : left;
  const right = curve.y[index + 1];
  const rightX = curve.x[index + 1];
  if (right === undefined || rightX === undefined) return null;
  const value = left + ((right - left) * (at - leftX)) / (rightX - leftX);
  return Number.isNaN(value) ? null : value;
}
