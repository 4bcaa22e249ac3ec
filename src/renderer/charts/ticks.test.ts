import { describe, expect, it } from 'vitest';
import { linearTicks, logarithmicTicks } from './ticks.ts';

describe('linear ticks', () => {
  it('stand at 1, 2 or 5 times a power of ten', () => {
    expect(linearTicks(83.6, 92.9).major).toEqual([84, 86, 88, 90, 92]);
    expect(linearTicks(0, 25_000).major).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000]);
    expect(linearTicks(-0.03, 0.06).major).toEqual([-0.02, 0, 0.02, 0.04, 0.06]);
  });

  it('carry as many decimals as their step needs', () => {
    expect(linearTicks(0.1, 0.13).decimals).toBe(2);
    expect(linearTicks(0, 100).decimals).toBe(0);
  });

  it('are never more than asked for and never none of a range that holds a round number', () => {
    for (const high of [0.007, 0.9, 1, 13, 47, 99.5, 1234, 8e7]) {
      for (const most of [3, 4, 5, 6]) {
        const count = linearTicks(0, high, most).major.length;
        expect(count).toBeLessThanOrEqual(most);
        expect(count).toBeGreaterThanOrEqual(2);
      }
    }
  });

  it('are none where there is no range', () => {
    expect(linearTicks(1, 1).major).toEqual([]);
    expect(linearTicks(Number.NaN, 2).major).toEqual([]);
  });
});

describe('logarithmic ticks', () => {
  it('are decades where the range spans many', () => {
    expect(logarithmicTicks(0.0004, 1.5).major).toEqual([0.001, 0.01, 0.1, 1]);
  });

  it('are 1-3-10 where it spans few', () => {
    expect(logarithmicTicks(2, 70).major).toEqual([3, 10, 30]);
  });

  it('are 1-2-5 within about one decade', () => {
    expect(logarithmicTicks(0.012, 0.09).major).toEqual([0.02, 0.05]);
  });

  it('fall back to linear ticks where no two of them fit', () => {
    expect(logarithmicTicks(2.1, 2.6).major.length).toBeGreaterThanOrEqual(2);
  });

  it('leave out whole decades rather than crowd the axis', () => {
    expect(logarithmicTicks(1e-12, 1).major.length).toBeLessThanOrEqual(7);
  });
});
