import { describe, expect, it } from 'vitest';
import { studentQuantile } from './quantile.ts';

describe("the 97.5 % quantile of Student's t", () => {
  // By @stdlib/stats-base-dists-t-quantile 0.2.3.
  it.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.182446305283708],
    [4, 2.776445105197794],
    [5, 2.570581835636314],
    [9, 2.262157162798205],
    [10, 2.2281388519862744],
    [29, 2.045229642132704],
    [30, 2.0422724563012378],
    [100, 1.9839715185235518],
    [999, 1.9623414611334495],
    [1000, 1.9623390808264078],
    [100_001, 1.9599877072973786],
  ])('with %i degrees of freedom is %f', (freedom, expected) => {
    expect(Math.abs(studentQuantile(freedom) / expected - 1)).toBeLessThan(1e-11);
  });

  it('falls with the degrees of freedom, never below that of the normal distribution', () => {
    const values = Array.from({ length: 300 }, (_, index) => studentQuantile(index + 1));
    expect(values).toEqual(values.toSorted((left, right) => right - left));
    expect(Math.min(...values)).toBeGreaterThan(1.959963984540054);
  });
});
