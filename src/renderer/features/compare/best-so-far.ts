import type { RunRecord } from '../../../contracts/run-record.ts';
import type { Curve } from '../../../statistics/curves.ts';
import { isUnfinished, recordedBest } from './grouping.ts';

const greatest = new WeakMap<Curve, number>();

/** Best validation accuracy of a run at this moment, as a fraction: of a running one from its curve. */
export function bestSoFar(run: RunRecord, curve: Curve | undefined): number | null {
  const recorded = recordedBest(run);
  if (!isUnfinished(run) || curve === undefined || curve.y.length === 0) return recorded;
  let best = greatest.get(curve);
  if (best === undefined) {
    best = Number.NEGATIVE_INFINITY;
    for (const value of curve.y) if (value > best) best = value;
    greatest.set(curve, best);
  }
  return Math.max(best, recorded ?? best);
}
