import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexAt, smooth, thin, valueAt } from './curves.ts';

const curve = (x: number[], y: number[]) => ({ x: Float64Array.from(x), y: Float64Array.from(y) });

describe('smooth', () => {
  it('leaves a constant alone from its first point on, because the average is debiased', () => {
    for (const value of smooth(Float64Array.from([3, 3, 3]), 0.9)) expect(value).toBeCloseTo(3, 12);
  });

  it('matches the closed form for two points', () => {
    const [, second] = smooth(Float64Array.from([1, 2]), 0.5);
    // (0.5 * 2 + 0.25 * 1) / 0.75
    expect(second).toBeCloseTo(1.25 / 0.75, 12);
  });

  it('averages logarithms on a logarithmic axis and keeps gaps', () => {
    const smoothed = smooth(Float64Array.from([1, Number.NaN, 100]), 0.5, true);
    expect(smoothed[1]).toBeNaN();
    expect(smoothed[2]).toBeCloseTo(Math.exp((0.5 * Math.log(100)) / 0.75), 9);
  });
});

describe('thin', () => {
  it('returns short curves unchanged', () => {
    const short = curve([0, 1], [5, 6]);
    expect(thin(short, 10)).toBe(short);
  });

  it('never loses the extremes, the ends or the order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 50, maxLength: 400 }), (values) => {
        const whole = curve([...values.keys()], values);
        const few = thin(whole, 40);
        expect(few.x.length).toBeLessThanOrEqual(50);
        expect(Math.max(...few.y)).toBe(Math.max(...values));
        expect(Math.min(...few.y)).toBe(Math.min(...values));
        expect([few.x[0], few.x.at(-1)]).toEqual([0, values.length - 1]);
        expect([...few.x]).toEqual([...few.x].sort((left, right) => left - right));
      }),
    );
  });

  it('finds the extremes beside a value that is not a number', () => {
    const values = Array.from({ length: 100 }, (_, index) => Math.sin(index));
    values[0] = Number.NaN;
    values[37] = 50;
    const few = thin(curve([...values.keys()], values), 16);
    expect([...few.y]).toContain(50);
    expect(few.y[0]).toBeNaN();
  });
});

describe('value at x', () => {
  const line = curve([0, 10, 20], [0, 1, 3]);

  it('interpolates between records and is exact on them', () => {
    expect(valueAt(line, 10)).toBe(1);
    expect(valueAt(line, 15)).toBe(2);
    expect(indexAt(line.x, 15)).toBe(1);
  });

  it('is null before the first and after the last record', () => {
    expect(valueAt(line, -1)).toBeNull();
    expect(valueAt(line, 20.5)).toBeNull();
  });
});
