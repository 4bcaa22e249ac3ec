import { describe, expect, it } from 'vitest';
import { meanLogRatio, pearsonCorrelation, spearmanCorrelation } from './correlation.ts';

describe('correlation of two curves', () => {
  it("is 1 and -1 on rising and falling lines, and 0.5 where that is the sum's share", () => {
    expect(pearsonCorrelation([1, 2, 3], [10, 20, 30])).toBeCloseTo(1, 12);
    expect(pearsonCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    // Centred: (-1, 0, 1) and (-1, 1, 0): product 1, squares 2 and 2.
    expect(pearsonCorrelation([1, 2, 3], [1, 3, 2])).toBeCloseTo(0.5, 12);
  });

  it('by rank sees only the order, and shares the rank of equal values', () => {
    expect(spearmanCorrelation([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1, 12);
    // Ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3: product 4.5, squares 4.5 and 5.
    expect(spearmanCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  });

  it('as a mean log ratio is the logarithm of a constant factor', () => {
    expect(meanLogRatio([2, 4, 8], [1, 2, 4])).toBeCloseTo(Math.log(2), 12);
  });
});
