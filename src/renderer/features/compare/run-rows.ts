import type { RunRecord } from '../../../contracts/run-record.ts';
import { aggregateCurves } from '../../../statistics/aggregate.ts';
import { thin } from '../../../statistics/curves.ts';
import type { Curve } from '../../../statistics/curves.ts';
import type { RunGroup } from './grouping.ts';
import { Memo } from './memo.ts';
import { groupKey } from './view-state.ts';

/** A row of the run table: a group, or a seed of an open one. */
export type RunRow =
  | { readonly kind: 'group'; readonly id: string; readonly group: RunGroup; readonly open: boolean }
  | { readonly kind: 'seed'; readonly id: string; readonly group: RunGroup; readonly run: RunRecord };

/** The rows in their order; `id` is what the focus holds. */
export function runRows(groups: readonly RunGroup[], expanded: readonly string[]): RunRow[] {
  return groups.flatMap((group): RunRow[] => {
    const id = groupKey(group.id);
    const open = expanded.includes(id);
    const row: RunRow = { kind: 'group', id, group, open };
    if (!open) return [row];
    return [row, ...group.runs.map((run): RunRow => ({ kind: 'seed', id: run.id, group, run }))];
  });
}

export type SparkPoints = readonly (readonly [x: number, y: number])[];

const sparkPoints = 56;

/** Curves the size of a word, of a group or of a seed, kept until one of their runs grows. */
export class Sparks {
  readonly #points = new Memo<SparkPoints>();

  of(id: string, curves: readonly Curve[]): SparkPoints {
    return this.#points.get(id, curves, () => {
      const { x, mean } = aggregateCurves(curves);
      const { x: steps, y: values } = thin({ x, y: mean }, sparkPoints);
      return Array.from(steps, (step, index) => [step, values[index] ?? Number.NaN] as const);
    });
  }
}

/** One range for all small curves, so that they can be compared: without the climb at the start, which says nothing. */
export function sparkRange(sparks: readonly SparkPoints[]): readonly [low: number, high: number] | undefined {
  const end = Math.max(...sparks.map((points) => points.at(-1)?.[0] ?? 0));
  const settled = sparks.flatMap((points) => points.filter(([x, y]) => x >= end / 8 && Number.isFinite(y)));
  if (settled.length === 0) return undefined;
  const values = settled.map(([, y]) => y);
  return [Math.min(...values), Math.max(...values)];
}
