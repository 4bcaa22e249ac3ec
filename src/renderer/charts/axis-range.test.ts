import { describe, expect, it } from 'vitest';
import { horizontalRange, valueRange } from './axis-range.ts';
import type { ChartLine } from './chart-port.ts';
import { linearTicks } from './ticks.ts';

function line(x: number[], y: number[], band: ChartLine['band'] = null): ChartLine {
  return {
    id: 'a',
    name: 'A',
    label: 'A',
    shortLabel: 'a',
    series: 1,
    dash: 1,
    x: Float64Array.from(x),
    y: Float64Array.from(y),
    band,
    unsmoothed: null,
    live: false,
    lost: [],
  };
}
const all = { low: 0, high: 100 };
const climb = line([0, 25, 50, 75, 100], [10, 88, 90, 91, 92]);

describe('the range of y', () => {
  it('holds every visible point with a little air', () => {
    const range = valueRange([climb], all, false, false);
    expect(range?.low).toBeLessThan(10);
    expect(range?.high).toBeGreaterThan(92);
    expect(range?.cutBelow).toBe(0);
  });

  it('with focus leaves out the climb at the start and counts what it cuts', () => {
    const range = valueRange([climb], all, false, true);
    expect(range?.low).toBeGreaterThan(80);
    expect(range?.cutBelow).toBe(1);
  });

  it('cuts nothing where the curves do not climb', () => {
    const flat = line([0, 20, 40, 60, 80, 100], [90.5, 91, 90, 92, 90.2, 91]);
    expect(valueRange([flat], all, false, true)?.cutBelow).toBe(0);
  });

  it('follows the zoom', () => {
    const range = valueRange([climb], { low: 50, high: 100 }, false, false);
    expect(range?.low).toBeGreaterThan(85);
  });

  it('on a logarithmic axis leaves out what is not above zero, and bands that dip towards it', () => {
    const band = { lower: Float64Array.of(1e-9, 1), upper: Float64Array.of(30, 20) };
    const range = valueRange([line([0, 100], [10, 12], band), line([0, 100], [-1, 0])], all, true, false);
    expect(range?.low).toBeGreaterThan(5);
    expect(range?.high).toBeGreaterThan(30);
  });

  it('gives a line that never changes an axis whose labels stay short', () => {
    expect(valueRange([line([0, 100], [300, 300])], all, false, false)).toMatchObject({ low: 294, high: 306 });
    expect(valueRange([line([0, 100], [0, 0])], all, false, false)).toMatchObject({ low: -1, high: 1 });
    const noise = valueRange([line([0, 100], [90, 90.000001])], all, false, false);
    expect(linearTicks(noise?.low ?? 0, noise?.high ?? 0).decimals).toBeLessThanOrEqual(3);
  });

  it('is none without a finite point', () => {
    expect(valueRange([line([0, 1], [Number.NaN, Number.POSITIVE_INFINITY])], all, false, false)).toBeNull();
    expect(valueRange([], all, false, false)).toBeNull();
  });
});

describe('the range of x', () => {
  it('goes from zero to the end of the longest line', () => {
    expect(horizontalRange([line([5, 10], [1, 1]), line([5, 40], [1, 1])])).toEqual({ low: 0, high: 40 });
    expect(horizontalRange([])).toBeNull();
  });
});
