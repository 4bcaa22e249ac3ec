import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateCurves, intervalHalfWidth } from './aggregate.ts';
import { valueAt } from './curves.ts';
import { summarise } from './summary.ts';

const curve = (x: number[], y: number[]) => ({ x: Float64Array.from(x), y: Float64Array.from(y) });

describe('aggregate of replicates', () => {
  it('has the mean, the spread and the extremes of every point', () => {
    const { x, n, mean, std, least, greatest } = aggregateCurves([
      curve([10, 20], [1, 4]),
      curve([10, 20], [2, 4]),
      curve([10, 20], [3, 4]),
    ]);
    expect([...x]).toEqual([10, 20]);
    expect([...n]).toEqual([3, 3]);
    expect([...mean]).toEqual([2, 4]);
    expect([...std]).toEqual([1, 0]);
    expect([...least]).toEqual([1, 4]);
    expect([...greatest]).toEqual([3, 4]);
  });

  it('goes on to the end of the longest seed with fewer of them', () => {
    const ragged = aggregateCurves([curve([1, 2, 3], [1, 1, 1]), curve([1, 2], [3, 3])]);
    expect([...ragged.n]).toEqual([2, 2, 1]);
    expect([...ragged.mean]).toEqual([2, 2, 1]);
    expect(ragged.std[2]).toBeNaN();
  });

  it('meets seeds on different x, as wall time has, by linear interpolation', () => {
    const { x, n, mean } = aggregateCurves([curve([0, 2, 4], [0, 2, 4]), curve([1, 5], [10, 50])]);
    expect([...x]).toEqual([0, 2, 4, 5]);
    expect([...n]).toEqual([1, 2, 2, 1]);
    expect([...mean]).toEqual([0, 11, 22, 50]);
  });

  it('begins where the first seed begins', () => {
    const { x, n } = aggregateCurves([curve([2, 3, 4], [1, 1, 1]), curve([1, 3.5], [1, 1])]);
    expect([...x]).toEqual([1, 2, 3, 4]);
    expect([...n]).toEqual([1, 2, 2, 1]);
  });

  it('leaves out what is not finite', () => {
    const { n, mean } = aggregateCurves([curve([1, 2], [1, Number.NaN]), curve([1, 2], [3, Number.POSITIVE_INFINITY])]);
    expect([...n]).toEqual([2, 0]);
    expect(mean[0]).toBe(2);
    expect(mean[1]).toBeNaN();
  });

  it('agrees at every x with a summary of the single values, for any seeds', () => {
    const someCurve = fc
      .uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 })
      .map((steps) => steps.sort((a, b) => a - b))
      .chain((steps) =>
        fc
          .array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), {
            minLength: steps.length,
            maxLength: steps.length,
          })
          .map((values) => curve(steps, values)),
      );
    fc.assert(
      fc.property(fc.array(someCurve, { minLength: 1, maxLength: 6 }), (curves) => {
        const aggregate = aggregateCurves(curves);
        const half = intervalHalfWidth(aggregate);
        for (const [index, at] of aggregate.x.entries()) {
          const single = summarise(curves.map((each) => valueAt(each, at)).filter((value) => value !== null));
          expect(aggregate.n[index]).toBe(single.n);
          expect(aggregate.mean[index]).toBeCloseTo(single.mean, 6);
          if (single.std !== null) expect(aggregate.std[index]).toBeCloseTo(single.std, 6);
          if (single.ci95 !== null) expect(half[index]).toBeCloseTo(single.ci95[1] - single.mean, 5);
        }
      }),
    );
  });
});
