import { studentQuantile } from './quantile.ts';

export type Interval = readonly [low: number, high: number];

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation, divisor n - 1; null for fewer than two values. */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * 95 % interval of the mean by Student's t with n - 1 degrees of freedom: mean ± t(0.975) s / sqrt(n).
 * Null for n < 3, where it says more about t than about the data.
 */
export function confidenceInterval(values: readonly number[]): Interval | null {
  const spread = standardDeviation(values);
  if (spread === null || values.length < 3) return null;
  const half = (studentQuantile(values.length - 1) * spread) / Math.sqrt(values.length);
  const centre = mean(values);
  return [centre - half, centre + half];
}

export interface Summary {
  readonly n: number;
  readonly mean: number;
  readonly std: number | null;
  readonly ci95: Interval | null;
}

export function summarise(values: readonly number[]): Summary {
  return { n: values.length, mean: mean(values), std: standardDeviation(values), ci95: confidenceInterval(values) };
}

/** One value of a replicate, with the seed that pairs it with other groups. */
export interface SeededValue {
  /** Null where it is not known: such a value has no pair. */
  readonly seed: number | null;
  readonly value: number;
}

/** Differences a - b over the seeds that both groups have; a seed that occurs more than once counts with its mean. */
export function pairedDifferences(a: readonly SeededValue[], b: readonly SeededValue[]): number[] {
  const left = meanBySeed(a);
  const right = meanBySeed(b);
  const differences: number[] = [];
  for (const [seed, value] of left) {
    const other = right.get(seed);
    if (other !== undefined) differences.push(value - other);
  }
  return differences;
}

/** Share of the gap between large and small batch that a mean wins back; null where there is no gap to measure. */
export function gapRecovered(value: number, smallBatch: number | null, largeBatch: number | null): number | null {
  if (smallBatch === null || largeBatch === null || smallBatch === largeBatch) return null;
  return (value - largeBatch) / (smallBatch - largeBatch);
}

/** One value a seed; those without a seed are left out. */
export function meanBySeed(values: readonly SeededValue[]): Map<number, number> {
  const bySeed = new Map<number, number[]>();
  for (const { seed, value } of values) {
    if (seed !== null) bySeed.set(seed, [...(bySeed.get(seed) ?? []), value]);
  }
  return new Map([...bySeed].map(([seed, all]) => [seed, mean(all)]));
}
