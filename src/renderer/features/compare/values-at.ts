import { seedOf } from '../../../contracts/run-record.ts';
import { valueAt } from '../../../statistics/curves.ts';
import { pairedDifferences, summarise } from '../../../statistics/summary.ts';
import type { Interval, SeededValue, Summary } from '../../../statistics/summary.ts';
import type { DrawingChoice, GroupLines } from './group-lines.ts';
import { isUnfinished } from './grouping.ts';
import type { RunGroup } from './grouping.ts';

/** One series of a group at the cursor. */
export interface CellValue {
  readonly summary: Summary;
  /** The group's mean over the baseline's; null without a baseline or where it is zero. */
  readonly ratio: number | null;
}

/** A line of the values table. */
export interface ValueRow {
  readonly group: RunGroup;
  /** Seeds with a value of the first series here. */
  readonly n: number;
  /** In the order of the series; null where no seed has a value. */
  readonly cells: readonly (CellValue | null)[];
  /** First series, this group minus the baseline, paired by seed; null for the baseline and without a common seed. */
  readonly difference: Summary | null;
  readonly isBaseline: boolean;
  readonly live: boolean;
  /** Last x that a seed of the group has reached; null before its first point. */
  readonly end: number | null;
  /** First x of the first series, where the cursor stands before it; else null. */
  readonly begins: number | null;
}

export interface SeriesOnChart {
  readonly name: string;
  readonly logarithmic: boolean;
}

/** Every group at one x, as its lines are drawn there. The first series is the one that differences are taken of. */
export function valuesAt(
  lines: GroupLines,
  groups: readonly RunGroup[],
  series: readonly SeriesOnChart[],
  choice: DrawingChoice,
  x: number,
  baseline: RunGroup | null,
): ValueRow[] {
  const seeded = (group: RunGroup, { name, logarithmic }: SeriesOnChart): SeededValue[] =>
    group.runs.flatMap((run) => {
      const value = valueAt(lines.smoothed(run.id, name, choice, logarithmic), x);
      return value === null || !Number.isFinite(value) ? [] : [{ seed: seedOf(run), value }];
    });
  const summaries = (group: RunGroup): (Summary | null)[] =>
    series.map((each) => {
      const values = seeded(group, each).map(({ value }) => value);
      return values.length === 0 ? null : summarise(values);
    });
  const base = baseline === null ? [] : summaries(baseline);
  const first = series[0];
  const baseValues = baseline === null || first === undefined ? [] : seeded(baseline, first);
  return groups.map((group): ValueRow => {
    const isBaseline = group.id === baseline?.id;
    const own = isBaseline ? base : summaries(group);
    const differences = isBaseline || first === undefined ? [] : pairedDifferences(seeded(group, first), baseValues);
    return {
      group,
      n: own[0]?.n ?? 0,
      cells: own.map((summary, index) =>
        summary === null ? null : { summary, ratio: isBaseline ? null : ratio(summary.mean, base[index]?.mean) },
      ),
      difference: differences.length === 0 ? null : summarise(differences),
      isBaseline,
      live: group.runs.some(isUnfinished),
      end: first === undefined ? null : endOf(lines, group, first.name, choice),
      begins: first === undefined ? null : beginAfter(lines, group, first.name, choice, x),
    };
  });
}

function ratio(value: number, base: number | undefined): number | null {
  return base === undefined || base === 0 ? null : value / base;
}

/** Last x that every finished seed of a group reaches; of a group that has none, the last of its longest seed. */
export function sharedEnd(lines: GroupLines, group: RunGroup, series: string, choice: DrawingChoice): number | null {
  const ends = group.runs
    .filter(({ status }) => status === 'done')
    .flatMap((run) => lines.raw(run.id, series, choice.axis).x.at(-1) ?? []);
  return ends.length > 0 ? Math.min(...ends) : endOf(lines, group, series, choice);
}

/** Last x of a group's longest seed. */
export function endOf(lines: GroupLines, group: RunGroup, series: string, choice: DrawingChoice): number | null {
  const end = group.runs.reduce(
    (last, run) => Math.max(last, lines.raw(run.id, series, choice.axis).x.at(-1) ?? last),
    Number.NEGATIVE_INFINITY,
  );
  return Number.isFinite(end) ? end : null;
}

function beginAfter(
  lines: GroupLines,
  group: RunGroup,
  series: string,
  choice: DrawingChoice,
  x: number,
): number | null {
  const begin = Math.min(...group.runs.flatMap((run) => lines.raw(run.id, series, choice.axis).x.at(0) ?? []));
  return Number.isFinite(begin) && begin > x ? begin : null;
}

/** Range of the small forest plot: every interval, or difference, and zero; a little air at both ends. */
export function forestRange(differences: readonly (Summary | null)[]): Interval {
  let [low, high] = [0, 0];
  for (const difference of differences) {
    if (difference === null) continue;
    const [from, to] = difference.ci95 ?? [difference.mean, difference.mean];
    low = Math.min(low, from);
    high = Math.max(high, to);
  }
  const air = (high - low) * 0.06 || 0.005;
  return [low - air, high + air];
}

/**
 * Decimals with which the values of a column are written alike: three digits for a typical one, no more than four for
 * the greatest; from 0 to 6.
 */
export function decimalsFor(values: readonly number[]): number {
  const sizes = values
    .map(Math.abs)
    .filter((size) => size > 0 && Number.isFinite(size))
    .toSorted((a, b) => a - b);
  // The median: one value near zero must not drown a column in digits.
  const typical = sizes[Math.floor((sizes.length - 1) / 2)];
  const greatest = sizes.at(-1);
  if (typical === undefined || greatest === undefined) return 2;
  const wanted = Math.min(2 - Math.floor(Math.log10(typical)), 3 - Math.floor(Math.log10(greatest)));
  return Math.max(0, Math.min(6, wanted));
}

/** The greatest x that at least half of the groups reach, by the ends of all; null without one. */
export const reachedByMost = (ends: readonly number[]): number | null =>
  ends.toSorted((a, b) => a - b)[Math.floor((ends.length - 1) / 2)] ?? null;
