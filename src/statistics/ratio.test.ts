import { describe, expect, it } from 'vitest';
import { ratioInterval } from './ratio.ts';
import { confidenceInterval, mean, standardDeviation } from './summary.ts';

const pairs = [
  { numerator: 1.9, denominator: 2.7 },
  { numerator: 1.4, denominator: 2.9 },
  { numerator: 1.8, denominator: 2.6 },
  { numerator: 1.5, denominator: 2.8 },
  { numerator: 2.1, denominator: 3.1 },
];

/** Size of the t statistic of mean(numerator - r denominator). */
function testOf(ratio: number): number {
  const rest = pairs.map((pair) => pair.numerator - ratio * pair.denominator);
  return Math.abs(mean(rest)) / ((standardDeviation(rest) ?? Number.NaN) / Math.sqrt(rest.length));
}

describe('interval of a ratio of paired means', () => {
  it('ends where the t test of its definition just refuses: 2.776445 for five pairs', () => {
    const [low, high] = ratioInterval(pairs) ?? [Number.NaN, Number.NaN];
    expect(testOf(low)).toBeCloseTo(2.776445105198, 6);
    expect(testOf(high)).toBeCloseTo(2.776445105198, 6);
    const ratio = mean(pairs.map((pair) => pair.numerator)) / mean(pairs.map((pair) => pair.denominator));
    expect(low).toBeLessThan(ratio);
    expect(high).toBeGreaterThan(ratio);
  });

  it('is the plain interval of the numerator where the denominator is exactly one', () => {
    const plain = pairs.map((pair) => ({ ...pair, denominator: 1 }));
    const expected = confidenceInterval(pairs.map((pair) => pair.numerator)) ?? [Number.NaN, Number.NaN];
    const found = ratioInterval(plain) ?? [Number.NaN, Number.NaN];
    expect(found[0]).toBeCloseTo(expected[0], 12);
    expect(found[1]).toBeCloseTo(expected[1], 12);
  });

  it('does not exist where the denominator may be zero, nor below three pairs', () => {
    const unsure = [-1, 1, 2].map((denominator, index) => ({ numerator: index, denominator }));
    expect(ratioInterval(unsure)).toBeNull();
    expect(ratioInterval(pairs.slice(0, 2))).toBeNull();
  });

  it('holds the true ratio in about 95 of 100 experiments', () => {
    let state = 12345;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const experiments = 4000;
    let held = 0;
    for (let each = 0; each < experiments; each += 1) {
      const drawn = Array.from({ length: 5 }, () => {
        const shared = 0.3 * normal();
        return { numerator: 1.8 + shared + 0.4 * normal(), denominator: 3 + shared + 0.3 * normal() };
      });
      const interval = ratioInterval(drawn);
      if (interval !== null && interval[0] <= 0.6 && interval[1] >= 0.6) held += 1;
    }
    expect(held / experiments).toBeGreaterThan(0.94);
    expect(held / experiments).toBeLessThan(0.96);
  });
});
