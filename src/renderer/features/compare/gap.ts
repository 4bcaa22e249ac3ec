import { seedOf } from '../../../contracts/run-record.ts';
import { ratioInterval } from '../../../statistics/ratio.ts';
import { mean, meanBySeed, pairedDifferences, summarise } from '../../../statistics/summary.ts';
import type { Interval, SeededValue, Summary } from '../../../statistics/summary.ts';
import { isUnfinished } from './grouping.ts';
import type { BestOf, RunGroup } from './grouping.ts';

/** What a method wins back of the gap between large and small batch. */
export interface Recovery {
  readonly group: RunGroup;
  /** Share of the gap over the seeds that all three have; null without a gap to divide by. */
  readonly share: number | null;
  /** 95 %, Fieller's; null with fewer than three seeds or without a significant gap. */
  readonly interval: Interval | null;
  /** Seeds behind the share. */
  readonly n: number;
  /** Method minus large batch, paired by seed, as fractions; null without a common seed. */
  readonly difference: Summary | null;
}

/** The small-to-large-batch gap of best validation accuracy, and who recovers how much of it. */
export interface Gap {
  readonly small: RunGroup | null;
  readonly large: RunGroup | null;
  /** Groups to choose from, where a method is shown in several settings; the best is taken. */
  readonly smallChoices: number;
  readonly largeChoices: number;
  /** Small minus large batch, paired by seed, as fractions; null without a common seed. */
  readonly difference: Summary | null;
  /** Every other group, the one that recovers most first. */
  readonly recoveries: readonly Recovery[];
  /** Runs that will still change the figures. */
  readonly unfinished: number;
  /** Runs that ended early and are left out: stopped, interrupted, failed. */
  readonly leftOut: number;
  /** Runs that diverged; they count with the best they reached. */
  readonly diverged: number;
}

/**
 * Only runs that came to their end count: done, or diverged, which is a result too. A run on its way would be compared
 * at another age than its partner.
 */
export function measureGap(groups: readonly RunGroup[], bestOf: BestOf): Gap {
  const valued = groups.map((group) => ({ group, values: finalValues(group, bestOf) }));
  const smalls = valued.filter(({ group }) => group.method === 'small-batch');
  const larges = valued.filter(({ group }) => group.method === 'large-batch');
  const small = bestGroup(smalls);
  const large = bestGroup(larges);
  const differences = small === null || large === null ? [] : pairedDifferences(small.values, large.values);
  const others = valued.filter(({ group }) => group.method !== 'small-batch' && group.method !== 'large-batch');
  const runs = groups.flatMap((group) => group.runs);
  return {
    small: small?.group ?? null,
    large: large?.group ?? null,
    smallChoices: smalls.length,
    largeChoices: larges.length,
    difference: differences.length === 0 ? null : summarise(differences),
    recoveries: others
      .map((other) => recoveryOf(other, small, large))
      .toSorted((a, b) => (b.share ?? b.difference?.mean ?? -9) - (a.share ?? a.difference?.mean ?? -9)),
    unfinished: runs.filter(isUnfinished).length,
    diverged: runs.filter(({ status }) => status === 'diverged').length,
    leftOut: runs.filter((run) => !isUnfinished(run) && !countsInGap(run.status)).length,
  };
}

/** Whether the gap is a gap: the interval of its paired difference lies above zero. */
export const isSignificant = (gap: Gap): boolean => (gap.difference?.ci95?.[0] ?? -1) > 0;

interface ValuedGroup {
  readonly group: RunGroup;
  readonly values: readonly SeededValue[];
}

const countsInGap = (status: RunGroup['runs'][number]['status']): boolean => status === 'done' || status === 'diverged';

function finalValues(group: RunGroup, bestOf: BestOf): SeededValue[] {
  return group.runs.flatMap((run) => {
    const value = countsInGap(run.status) ? bestOf(run) : null;
    return value === null ? [] : [{ seed: seedOf(run), value }];
  });
}

function bestGroup(groups: readonly ValuedGroup[]): ValuedGroup | null {
  return groups.reduce<ValuedGroup | null>((best, each) => {
    if (each.values.length === 0) return best;
    return best === null || meanOf(each) > meanOf(best) ? each : best;
  }, null);
}

const meanOf = ({ values }: ValuedGroup): number => mean(values.map(({ value }) => value));

function recoveryOf(other: ValuedGroup, small: ValuedGroup | null, large: ValuedGroup | null): Recovery {
  const { group } = other;
  if (large === null) return { group, share: null, interval: null, n: 0, difference: null };
  const differences = pairedDifferences(other.values, large.values);
  const difference = differences.length === 0 ? null : summarise(differences);
  const pairs = small === null ? [] : sharedSeeds(other, small, large);
  const gap = mean(pairs.map(({ denominator }) => denominator));
  const interval = ratioInterval(pairs);
  const share = gap > 0 ? mean(pairs.map(({ numerator }) => numerator)) / gap : null;
  return { group, share, interval, n: pairs.length, difference };
}

/** Gain over large batch, and the gap, of every seed that all three groups have. */
function sharedSeeds(
  other: ValuedGroup,
  small: ValuedGroup,
  large: ValuedGroup,
): { numerator: number; denominator: number }[] {
  const smallBySeed = meanBySeed(small.values);
  const largeBySeed = meanBySeed(large.values);
  return [...meanBySeed(other.values)].flatMap(([seed, value]) => {
    const [upper, lower] = [smallBySeed.get(seed), largeBySeed.get(seed)];
    return upper === undefined || lower === undefined ? [] : [{ numerator: value - lower, denominator: upper - lower }];
  });
}
