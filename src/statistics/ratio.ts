import { studentQuantile } from './quantile.ts';
import { mean } from './summary.ts';
import type { Interval } from './summary.ts';

/** One pair of a ratio of means: the parts belong together, for example to one seed. */
export interface RatioPair {
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * 95 % interval of mean(numerator) / mean(denominator) over pairs by Fieller's theorem: the ratios r for which a t test
 * over the pairs does not refuse mean(numerator - r denominator) = 0. E. C. Fieller, "Some problems in interval
 * estimation", J. R. Statist. Soc. B 16 (1954). Null for n < 3, and where the denominator itself may be zero: the
 * interval is unbounded there and the ratio means nothing.
 */
export function ratioInterval(pairs: readonly RatioPair[]): Interval | null {
  const n = pairs.length;
  if (n < 3) return null;
  const top = mean(pairs.map((pair) => pair.numerator));
  const bottom = mean(pairs.map((pair) => pair.denominator));
  let topSquares = 0;
  let bottomSquares = 0;
  let products = 0;
  for (const { numerator, denominator } of pairs) {
    topSquares += (numerator - top) ** 2;
    bottomSquares += (denominator - bottom) ** 2;
    products += (numerator - top) * (denominator - bottom);
  }
  const scale = studentQuantile(n - 1) ** 2 / (n * (n - 1));
  // a r² - 2 b r + c <= 0
  const a = bottom * bottom - scale * bottomSquares;
  const b = top * bottom - scale * products;
  const c = top * top - scale * topSquares;
  if (!(a > 0)) return null;
  const root = Math.sqrt(Math.max(0, b * b - a * c));
  return [(b - root) / a, (b + root) / a];
}
