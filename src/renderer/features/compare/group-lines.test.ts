import { describe, expect, it } from 'vitest';
import type { Curve } from '../../../statistics/curves.ts';
import { runOf } from '../../../../test/comparison-runs.ts';
import { GroupLines } from './group-lines.ts';
import type { DrawingChoice } from './group-lines.ts';
import { groupRuns } from './grouping.ts';
import { decimalsFor, endOf, forestRange, reachedByMost, valuesAt } from './values-at.ts';

const curve = (x: number[], y: number[]): Curve => ({ x: Float64Array.from(x), y: Float64Array.from(y) });
const plain: DrawingChoice = { axis: 'step', smoothing: 0, aggregation: 'std' };

function library(): { readonly recorded: Map<string, Curve>; readonly lines: GroupLines } {
  const recorded = new Map<string, Curve>();
  return { recorded, lines: new GroupLines((run, series) => recorded.get(`${run} ${series}`)) };
}

const runs = [runOf('small-batch', 1, 78), runOf('small-batch', 2, 79), runOf('small-batch', 3, 80)];
const [group] = groupRuns(runs);
if (group === undefined) throw new Error('no group');
const [first = '', second = '', third = ''] = runs.map(({ id }) => id);

describe('lines of a group', () => {
  it('are one with a band, over the seeds', () => {
    const { recorded, lines } = library();
    for (const [index, id] of [first, second, third].entries()) {
      recorded.set(`${id} train/loss`, curve([10, 20], [index + 1, 4]));
    }
    const [line, ...others] = lines.lines(group, 'train/loss', plain, false);
    expect(others).toEqual([]);
    expect([...(line?.y ?? [])]).toEqual([2, 4]);
    expect([...(line?.band?.lower ?? [])]).toEqual([1, 4]);
    const [range] = lines.lines(group, 'train/loss', { ...plain, aggregation: 'range' }, false);
    expect([...(range?.band?.upper ?? [])]).toEqual([3, 4]);
    const [interval] = lines.lines(group, 'train/loss', { ...plain, aggregation: 'interval' }, false);
    expect(interval?.band?.upper[0]).toBeCloseTo(2 + 4.302652729749 / Math.sqrt(3), 9);
  });

  it('are one a seed without aggregation, one of them named', () => {
    const { recorded, lines } = library();
    recorded.set(`${first} train/loss`, curve([10], [1]));
    recorded.set(`${second} train/loss`, curve([10, 20], [1, 2]));
    const drawn = lines.lines(group, 'train/loss', { ...plain, aggregation: 'none' }, false);
    expect(drawn.map(({ id, label }) => [id, label])).toEqual([
      [first, null],
      [second, 'Small batch'],
    ]);
  });

  it('are smoothed run by run before they are aggregated, the unsmoothed mean behind them', () => {
    const { recorded, lines } = library();
    recorded.set(`${first} train/loss`, curve([1, 2], [1, 3]));
    recorded.set(`${second} train/loss`, curve([1, 2], [3, 5]));
    const [line] = lines.lines(group, 'train/loss', { ...plain, smoothing: 0.5 }, false);
    // Debiased: second value (0.5 * 3 + 0.25 * 1) / 0.75 and (0.5 * 5 + 0.25 * 3) / 0.75.
    expect(line?.y[1]).toBeCloseTo((1.75 / 0.75 + 3.25 / 0.75) / 2, 12);
    expect([...(line?.unsmoothed ?? [])]).toEqual([2, 4]);
  });

  it('are the same objects until a curve grows, then only those of its group change', () => {
    const { recorded, lines } = library();
    recorded.set(`${first} train/loss`, curve([1], [1]));
    const before = lines.lines(group, 'train/loss', plain, false);
    expect(lines.lines(group, 'train/loss', plain, false)).toBe(before);
    recorded.set(`${first} train/loss`, curve([1, 2], [1, 2]));
    expect(lines.lines(group, 'train/loss', plain, false)).not.toBe(before);
  });

  it('lie where the progress of each run puts them', () => {
    const { recorded, lines } = library();
    recorded.set(`${first} train/loss`, curve([10, 20], [1, 2]));
    expect(lines.lines(group, 'train/loss', { ...plain, axis: 'samples' }, false)).toEqual([]);
    recorded.set(`${first} progress/samples`, curve([10, 20], [250, 500]));
    expect([...(lines.lines(group, 'train/loss', { ...plain, axis: 'samples' }, false)[0]?.x ?? [])]).toEqual([
      250, 500,
    ]);
  });
});

describe('values at the cursor', () => {
  const large = [1, 2, 3, 4].map((seed) => runOf('large-batch', seed, 70));
  const [baseline] = groupRuns(large);
  const { recorded, lines } = library();
  for (const [index, run] of runs.entries()) {
    recorded.set(`${run.id} validation/accuracy`, curve([0, 10], [0, 0.8 + index / 100]));
  }
  for (const run of large) recorded.set(`${run.id} validation/accuracy`, curve([0, 10, 20], [0, 0.7, 0.72]));
  const series = [{ name: 'validation/accuracy', logarithmic: false }];
  const at = (x: number) =>
    valuesAt(lines, [group, ...(baseline ? [baseline] : [])], series, plain, x, baseline ?? null);

  it('are mean and spread over the seeds that reach it, and the difference to the baseline over common seeds', () => {
    const [row, base] = at(10);
    expect(row?.n).toBe(3);
    expect(row?.cells[0]?.summary.mean).toBeCloseTo(0.81, 12);
    expect(row?.difference?.mean).toBeCloseTo(0.11, 12);
    expect(row?.difference?.n).toBe(3);
    expect(row?.difference?.ci95?.[0]).toBeLessThan(0.11);
    expect(row?.cells[0]?.ratio).toBeCloseTo(0.81 / 0.7, 12);
    expect(base?.isBaseline).toBe(true);
    expect(base?.difference).toBeNull();
  });

  it('are none before the first point, where the row says at what step its values begin', () => {
    expect(at(-1)[0]).toMatchObject({ n: 0, begins: 0 });
    expect(at(5)[0]?.begins).toBeNull();
  });

  it('are none beyond the last point, where the row says how far its longest seed came', () => {
    const [row] = at(15);
    expect(row?.n).toBe(0);
    expect(row?.cells).toEqual([null]);
    expect(row?.end).toBe(10);
    expect(baseline === undefined ? null : endOf(lines, baseline, 'validation/accuracy', plain)).toBe(20);
  });
});

describe('the place where the cursor rests', () => {
  it('is as far as most groups reach: neither a short trial nor the long run of small batch draws it', () => {
    expect(reachedByMost([5, 300, 300])).toBe(300);
    expect(reachedByMost([10_000, 300])).toBe(300);
    expect(reachedByMost([])).toBeNull();
  });
});

describe('the small forest plot', () => {
  it('holds every interval and zero', () => {
    const [low, high] = forestRange([
      { n: 3, mean: -0.02, std: 0.01, ci95: [-0.03, -0.01] },
      null,
      { n: 2, mean: 0.01, std: null, ci95: null },
    ]);
    expect(low).toBeLessThan(-0.03);
    expect(high).toBeGreaterThan(0.01);
  });
});

describe('decimals of a column', () => {
  it('give its typical value three digits and its greatest four at most', () => {
    expect(decimalsFor([0.0076, 0.0013, 0.0123])).toBe(5);
    expect(decimalsFor([4.54, 28.1])).toBe(2);
    expect(decimalsFor([0.000_953, 0.066_542])).toBe(5);
    expect(decimalsFor([1234, 2345])).toBe(0);
    expect(decimalsFor([])).toBe(2);
  });
});
