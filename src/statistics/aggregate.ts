import { indexAt } from './curves.ts';
import type { Curve } from './curves.ts';
import { studentQuantile } from './quantile.ts';

/** Several curves as one, column by column over a common x. */
export interface Aggregate {
  readonly x: Float64Array;
  /** Curves that have a value at x. */
  readonly n: Uint16Array;
  /** NaN where no curve has a value. */
  readonly mean: Float64Array;
  /** Sample standard deviation; NaN where n < 2. */
  readonly std: Float64Array;
  readonly least: Float64Array;
  readonly greatest: Float64Array;
}

/**
 * Mean and spread of curves over one x. A curve counts between its first and its last point, there
 * linear between neighbours: one that has ended no longer counts, and n says so.
 */
export function aggregateCurves(curves: readonly Curve[]): Aggregate {
  const x = commonAxis(curves);
  const count = x.length;
  const n = new Uint16Array(count);
  const mean = new Float64Array(count);
  const squares = new Float64Array(count);
  const least = new Float64Array(count).fill(Number.NaN);
  const greatest = new Float64Array(count).fill(Number.NaN);
  for (const curve of curves) {
    const values = curve.x === x ? curve.y : resample(curve, x);
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      // Welford's update: no cancellation where values are large and close.
      const seen = (n[index] ?? 0) + 1;
      const before = mean[index] ?? 0;
      const after = before + (value - before) / seen;
      n[index] = seen;
      mean[index] = after;
      squares[index] = (squares[index] ?? 0) + (value - before) * (value - after);
      if (!((least[index] ?? Number.NaN) <= value)) least[index] = value;
      if (!((greatest[index] ?? Number.NaN) >= value)) greatest[index] = value;
    }
  }
  const std = squares;
  for (let index = 0; index < count; index += 1) {
    const seen = n[index] ?? 0;
    if (seen === 0) mean[index] = Number.NaN;
    std[index] = seen < 2 ? Number.NaN : Math.sqrt((squares[index] ?? 0) / (seen - 1));
  }
  return { x, n, mean, std, least, greatest };
}

/** Half the width of the 95 % interval of the mean by Student's t; NaN where n < 3. */
export function intervalHalfWidth(aggregate: Aggregate): Float64Array {
  return aggregate.std.map((std, index) => {
    const n = aggregate.n[index] ?? 0;
    return n < 3 ? Number.NaN : (studentQuantile(n - 1) * std) / Math.sqrt(n);
  });
}

/**
 * The x of the curve that has most points; where others begin earlier or end later, theirs before and after it.
 * Replicates on one schedule share their x, so nothing is lost; on other axes, such as wall time, seeds are read off
 * between their own points.
 */
function commonAxis(curves: readonly Curve[]): Float64Array {
  const longest = curves.reduce<Float64Array>((best, { x }) => (x.length > best.length ? x : best), new Float64Array());
  if (curves.every(({ x }) => isBeginning(x, longest))) return longest;
  const first = longest[0] ?? 0;
  const last = longest.at(-1) ?? 0;
  const earliest = curves.reduce((best, { x }) => ((x[0] ?? first) < (best[0] ?? first) ? x : best), longest);
  const latest = curves.reduce((best, { x }) => ((x.at(-1) ?? last) > (best.at(-1) ?? last) ? x : best), longest);
  const before = earliest.subarray(0, indexAt(earliest, first) + 1).filter((x) => x < first);
  const after = latest.subarray(indexAt(latest, last) + 1);
  const axis = new Float64Array(before.length + longest.length + after.length);
  axis.set(before);
  axis.set(longest, before.length);
  axis.set(after, before.length + longest.length);
  return axis;
}

function isBeginning(x: Float64Array, whole: Float64Array): boolean {
  if (x === whole) return true;
  for (let index = 0; index < x.length; index += 1) if (x[index] !== whole[index]) return false;
  return true;
}

/** Values of a curve at an ascending x, up to its last point; NaN before its first. */
function resample(curve: Curve, x: Float64Array): Float64Array {
  const end = indexAt(x, curve.x.at(-1) ?? Number.NEGATIVE_INFINITY) + 1;
  const values = new Float64Array(end).fill(Number.NaN);
  let left = -1;
  for (let index = 0; index < end; index += 1) {
    const at = x[index] ?? Number.NaN;
    while (left + 1 < curve.x.length && (curve.x[left + 1] ?? Number.NaN) <= at) left += 1;
    if (left < 0) continue;
    const leftX = curve.x[left] ?? Number.NaN;
    const leftY = curve.y[left] ?? Number.NaN;
    if (leftX === at) {
      values[index] = leftY;
      continue;
    }
    const rightX = curve.x[left + 1] ?? Number.NaN;
    const rightY = curve.y[left + 1] ?? Number.NaN;
    values[index] = leftY + ((rightY - leftY) * (at - leftX)) / (rightX - leftX);
  }
  return values;
}
