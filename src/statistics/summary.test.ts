import { describe, expect, it } from 'vitest';
import { confidenceInterval, gapRecovered, mean, pairedDifferences, standardDeviation, summarise } from './summary.ts';

describe('summary of replicates', () => {
  it('gives mean and sample standard deviation', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    // Sum of squares 32, divisor 7.
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it('has no spread for one value and no interval below three', () => {
    expect(summarise([0.5])).toEqual({ n: 1, mean: 0.5, std: null, ci95: null });
    expect(confidenceInterval([1, 2])).toBeNull();
  });

  it("uses Student's t: 4.302653 for n = 3, 2.776445 for n = 5", () => {
    const [low, high] = confidenceInterval([1, 2, 3]) ?? [Number.NaN, Number.NaN];
    expect(low).toBeCloseTo(2 - 4.302652729749 / Math.sqrt(3), 9);
    expect(high).toBeCloseTo(2 + 4.302652729749 / Math.sqrt(3), 9);
    const five = confidenceInterval([1, 2, 3, 4, 5]) ?? [Number.NaN, Number.NaN];
    expect(five[1] - 3).toBeCloseTo((2.776445105198 * Math.sqrt(2.5)) / Math.sqrt(5), 9);
  });
});

describe('paired differences', () => {
  it('pairs by seed and leaves out seeds that one group lacks', () => {
    const a = [
      { seed: 1, value: 5 },
      { seed: 2, value: 7 },
      { seed: 9, value: 1 },
    ];
    const b = [
      { seed: 2, value: 4 },
      { seed: 1, value: 4 },
    ];
    expect(pairedDifferences(a, b)).toEqual([1, 3]);
  });

  it('averages a seed that was run twice', () => {
    const a = [
      { seed: 1, value: 4 },
      { seed: 1, value: 6 },
    ];
    expect(pairedDifferences(a, [{ seed: 1, value: 1 }])).toEqual([4]);
  });
});

describe('gap recovered', () => {
  it('is 0 at large batch, 1 at small batch, and may lie outside', () => {
    expect(gapRecovered(0.7, 0.8, 0.7)).toBe(0);
    expect(gapRecovered(0.8, 0.8, 0.7)).toBe(1);
    expect(gapRecovered(0.65, 0.75, 0.7)).toBeCloseTo(-1, 9);
  });

  it('is null without both ends or without a gap', () => {
    expect(gapRecovered(0.7, null, 0.7)).toBeNull();
    expect(gapRecovered(0.7, 0.7, 0.7)).toBeNull();
  });
});
