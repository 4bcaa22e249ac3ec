import { describe, expect, it } from 'vitest';
import { requireCoverage, requireTrace, traceEnd, traceMean, traceValueAt } from './trace.ts';

const trace = { steps: [0, 20, 40], values: [2.5, 1.75, 0.5] };

describe('a trace', () => {
  it('holds its last record, or is linear between neighbours', () => {
    const at = [0, 1, 19, 20, 33, 40];
    expect(at.map((t) => traceValueAt(trace, t, 'hold'))).toEqual([2.5, 2.5, 2.5, 1.75, 1.75, 0.5]);
    const linear = [2.5, 2.4625, 1.7875, 1.75, 0.9375, 0.5];
    for (const [index, t] of at.entries()) {
      expect(traceValueAt(trace, t, 'linear')).toBeCloseTo(linear[index] ?? Number.NaN, 12);
    }
  });

  it('covers one period after its last record and no step more', () => {
    expect(traceEnd(trace)).toBe(60);
    for (const mode of ['hold', 'linear'] as const) expect(traceValueAt(trace, 59, mode)).toBe(0.5);
    expect(() => traceValueAt(trace, 60, 'hold')).toThrow('the trace ends before step 60');
    expect(() => requireCoverage(trace, 60)).not.toThrow();
    expect(() => requireCoverage(trace, 61)).toThrow(/ends before step 60.*cover steps below 60/);
  });

  it('has the period of its usual gap, and of one step where there is a single record', () => {
    expect(traceEnd({ steps: [0, 1, 2], values: [1, 1, 1] })).toBe(3);
    expect(traceEnd({ steps: [0, 2], values: [1, 1] })).toBe(4);
    // Recorded at the first step, every 20 steps and at the last one.
    expect(traceEnd({ steps: [0, 19, 39, 59, 64], values: [1, 1, 1, 1, 1] })).toBe(64 + 19);
    expect(traceEnd({ steps: [7], values: [1] })).toBe(8);
  });

  it('has no value before its first record', () => {
    const late = { steps: [5, 6], values: [1, 1] };
    expect(() => traceValueAt(late, 4, 'hold')).toThrow('the trace begins at step 5');
    expect(() => requireCoverage(late, 3)).toThrow('the trace begins at step 5');
  });

  it('is refused with records that are not finite norms at ascending steps', () => {
    const code = (steps: number[], values: number[]): unknown => {
      try {
        requireTrace({ steps, values });
        return undefined;
      } catch (error) {
        return error;
      }
    };
    expect(code([], [])).toMatchObject({ code: 'trace/empty' });
    for (const [steps, values] of [
      [
        [0, 0],
        [1, 1],
      ],
      [
        [2, 1],
        [1, 1],
      ],
      [[-1], [1]],
      [[0.5], [1]],
      [[0], [Number.NaN]],
      [[0], [-1]],
      [[0, 1], [1]],
    ] as const) {
      expect(code([...steps], [...values]), JSON.stringify([steps, values])).toMatchObject({ code: 'trace/not-valid' });
    }
    expect(code([0, 3], [0, 1])).toBeUndefined();
  });

  it('has the mean of its records', () => {
    expect(traceMean(trace)).toBeCloseTo((2.5 + 1.75 + 0.5) / 3, 12);
  });
});
