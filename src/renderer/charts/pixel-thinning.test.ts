import { describe, expect, it } from 'vitest';
import { nearestIndex, visibleIndices } from './pixel-thinning.ts';

const steps = Float64Array.from({ length: 10_000 }, (_, index) => index);

describe('thinning to pixel columns', () => {
  it('keeps the extremes of the whole curve', () => {
    const values = steps.map((step) => Math.sin(step / 7));
    values[4_321] = 50;
    values[8_888] = -50;
    const kept = visibleIndices(steps, values, 0, 9_999, 300);
    expect(kept).toContain(4_321);
    expect(kept).toContain(8_888);
    expect(kept.length).toBeLessThanOrEqual(301 * 4);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
  });

  it('draws the same minimum and maximum in every pixel column as the full curve', () => {
    const values = steps.map((step) => Math.sin(step) * Math.cos(step / 91));
    const kept = visibleIndices(steps, values, 0, 10_000, 100);
    for (let column = 0; column < 100; column += 1) {
      const inside = (index: number): boolean => Math.floor(index / 100) === column;
      const full = [...values].filter((_, index) => inside(index));
      const drawn = kept.filter(inside).map((index) => values[index] ?? Number.NaN);
      expect(Math.min(...drawn)).toBe(Math.min(...full));
      expect(Math.max(...drawn)).toBe(Math.max(...full));
    }
  });

  it('keeps a gap as a gap', () => {
    const values = steps.map(() => 1);
    values[5_000] = Number.NaN;
    expect(visibleIndices(steps, values, 0, 9_999, 50)).toContain(5_000);
  });

  it('reaches the edges of a zoomed range', () => {
    const x = Float64Array.of(0, 10, 20, 30, 40);
    expect(visibleIndices(x, x, 12, 28, 100)).toEqual([1, 2, 3]);
  });
});

describe('the nearest point', () => {
  it('is found on both sides', () => {
    const x = Float64Array.of(0, 10, 20);
    expect([-5, 4, 6, 14, 19, 99].map((value) => nearestIndex(x, value))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(nearestIndex(new Float64Array(), 1)).toBe(-1);
  });
});
