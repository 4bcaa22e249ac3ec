import type { MetricBatch } from '../../contracts/run-record.ts';
import { indexAt } from '../../statistics/curves.ts';
import type { Curve } from '../../statistics/curves.ts';

/** Steps from the first to the last, both included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

type Points = MetricBatch['series'][string];

interface Detail extends Stretch {
  readonly points: Curve;
  /** Whether these are all the points of the stretch. */
  readonly complete: boolean;
  refined: { readonly whole: Curve; readonly curve: Curve } | null;
}

/** A stretch that was thinned is read again, finer, once less than this part of it is looked at. */
const finerBelow = 0.4;

/** Finer points of the stretch of a long series that a reader has zoomed into: one a series. */
export class CurveDetails {
  readonly #runs = new Map<string, Map<string, Detail>>();

  /** Whether what is here is as fine as a reading of this stretch would be. */
  covers(run: string, series: string, wanted: Stretch): boolean {
    const detail = this.#get(run, series);
    if (detail === undefined || !contains(detail, wanted)) return false;
    return detail.complete || wanted.to - wanted.from > finerBelow * (detail.to - detail.from);
  }

  put(run: string, series: string, { from, to }: Stretch, { steps, values, thinned }: Points): void {
    const points = {
      x: Float64Array.from(steps),
      y: Float64Array.from(values, (value) => value ?? Number.NaN),
    };
    const details = this.#runs.get(run) ?? new Map<string, Detail>();
    this.#runs.set(run, details.set(series, { from, to, points, complete: thinned !== true, refined: null }));
  }

  /** The whole curve with the stretch in its finer points; the same object until one of them changes. */
  refined(run: string, series: string, whole: Curve): Curve {
    const detail = this.#get(run, series);
    if (detail === undefined) return whole;
    if (detail.refined?.whole !== whole) detail.refined = { whole, curve: spliced(whole, detail) };
    return detail.refined.curve;
  }

  /** A run that records a step again after a resume has other points from there on. */
  outdate(run: string, series: string, step: number | undefined): void {
    const detail = this.#get(run, series);
    if (detail !== undefined && step !== undefined && step <= detail.to) this.#runs.get(run)?.delete(series);
  }

  forget(run: string): void {
    this.#runs.delete(run);
  }

  /** Whether there was anything. */
  clear(): boolean {
    const had = this.#runs.size > 0;
    this.#runs.clear();
    return had;
  }

  #get(run: string, series: string): Detail | undefined {
    return this.#runs.get(run)?.get(series);
  }
}

const contains = (outer: Stretch, inner: Stretch): boolean => outer.from <= inner.from && outer.to >= inner.to;

function spliced(whole: Curve, { from, points }: Detail): Curve {
  const last = points.x.at(-1);
  if (last === undefined) return whole;
  // Steps are whole numbers: what lies at `from` belongs to the stretch. What lies beyond its last point was told by an
  // event, before it could be read.
  const [begin, end] = [indexAt(whole.x, from - 0.5) + 1, indexAt(whole.x, last) + 1];
  const join = (before: Float64Array, middle: Float64Array): Float64Array => {
    const joined = new Float64Array(begin + middle.length + (before.length - end));
    joined.set(before.subarray(0, begin));
    joined.set(middle, begin);
    joined.set(before.subarray(end), begin + middle.length);
    return joined;
  };
  return { x: join(whole.x, points.x), y: join(whole.y, points.y) };
}
