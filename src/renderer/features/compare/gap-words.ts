import type { Interval } from '../../../statistics/summary.ts';
import { formatCount, formatNumber } from '../../format/numbers.ts';
import { plural } from '../../format/words.ts';
import { isUnfinished } from './grouping.ts';
import type { RunGroup } from './grouping.ts';
import { isSignificant } from './gap.ts';
import type { Gap, Recovery } from './gap.ts';

/** The gap strip in words. `strong` stands out; every part may be empty. */
export interface GapWords {
  readonly headline: { readonly before: string; readonly strong: string; readonly after: string };
  /** The interval and n, then what is measured. */
  readonly detail: { readonly strong: string; readonly rest: string };
  /** What limits the figures: runs on their way, runs left out, a choice that was made. */
  readonly note: string;
}

/** How the figures come about, for the strip's title. */
export const gapMethod =
  'Differences and shares are paired by seed: the same initialisation, the same order of images. Intervals of differences are Student’s t, those of shares Fieller’s.';

const thinSpace = '\u2009';
const percent = (share: number): string => `${formatNumber(share * 100, 0)}${thinSpace}%`;
const points = (difference: number): string => {
  const text = formatNumber(difference * 100, 2);
  return `${text} ${text === '1.00' ? 'point' : 'points'}`;
};

/** A span of shares: '49–73', '−4 to 22'. */
export function shareSpan([low, high]: Interval): string {
  const [from, to] = [formatCount(Math.round(low * 100)), formatCount(Math.round(high * 100))];
  return from.startsWith('−') ? `${from} to ${to}` : `${from}–${to}`;
}

/** A span of differences in points: '−1.77 to −1.15'. */
export const pointSpan = ([low, high]: Interval): string =>
  `${formatNumber(low * 100, 2)} to ${formatNumber(high * 100, 2)}`;

/** What the gap strip says; `focus` is the group that the headline is about, where it recovers anything. */
export function gapWords(gap: Gap, focus: string | null): GapWords {
  const note = noteOf(gap);
  const missing = missingWords(gap);
  if (missing !== null) return { ...missing, note };
  const difference = gap.difference;
  if (difference === null || difference.n < 3) return { ...fewWords(gap), note };
  const interval = difference.ci95 === null ? '' : `95${thinSpace}% interval ${pointSpan(difference.ci95)}`;
  const seeds = `n = ${String(difference.n)} pairs`;
  if (!isSignificant(gap)) {
    const reversed = (difference.ci95?.[1] ?? 0) < 0;
    return {
      headline: reversed
        ? { before: 'No gap to recover: large batch is better by ', strong: points(-difference.mean), after: '' }
        : {
            before: 'No significant gap: small minus large batch is ',
            strong: points(difference.mean),
            after: '',
          },
      detail: {
        strong: `${interval}, ${seeds}.`,
        rest: `Best validation accuracy.${reversed ? '' : ' No share can be told.'}`,
      },
      note,
    };
  }
  const recovery = chosenRecovery(gap, focus);
  if (recovery === null) {
    return {
      headline: { before: 'Small batch beats large batch by ', strong: points(difference.mean), after: '' },
      detail: { strong: `${interval}, ${seeds}.`, rest: 'Best validation accuracy.' },
      note,
    };
  }
  return { ...recoveryWords(gap, recovery), note };
}

/** The group that the headline is about: the focused one, else the one that recovers most. */
export function chosenRecovery(gap: Gap, focus: string | null): Recovery | null {
  const told = gap.recoveries.filter(({ share }) => share !== null);
  return told.find(({ group }) => group.id === focus) ?? told[0] ?? null;
}

type Said = Omit<GapWords, 'note'>;

function recoveryWords(gap: Gap, { group, share, interval, n }: Recovery): Said {
  const pairs = gap.difference?.n ?? 0;
  const ofGap = pairs === n ? '' : `, n = ${String(pairs)}`;
  const rest = `Best validation accuracy, gap ${points(gap.difference?.mean ?? 0)}${ofGap}.`;
  const headline = {
    before: `${group.label} recovers `,
    strong: percent(share ?? 0),
    after: ' of the small-to-large-batch gap',
  };
  if (interval === null) {
    const why = n < 3 ? 'too few seeds for an interval' : 'the gap over these seeds may be zero, so no interval';
    return { headline, detail: { strong: `n = ${String(n)}: ${why}.`, rest } };
  }
  const strong = `95${thinSpace}% interval ${shareSpan(interval)}, n = ${String(n)} pairs.`;
  const doubt = interval[0] <= 0 && interval[1] >= 0 ? ' It holds 0: no recovery is shown.' : '';
  return { headline, detail: { strong, rest: `${rest}${doubt}` } };
}

/** Small or large batch is not there, or not done; null where both are. */
function missingWords(gap: Gap): Said | null {
  const absent = [
    ...(gap.smallChoices === 0 ? ['small batch'] : []),
    ...(gap.largeChoices === 0 ? ['large batch'] : []),
  ];
  if (absent.length > 0) {
    return {
      headline: { before: `No gap to state without ${absent.join(' and ')}`, strong: '', after: '' },
      detail: {
        strong: '',
        rest: `The gap is small minus large batch. Train ${absent.length === 1 ? 'it' : 'them'} on the same seeds, or show ${absent.length === 1 ? 'it' : 'them'} here.`,
      },
    };
  }
  if (gap.small !== null && gap.large !== null) return null;
  const waiting = [...(gap.small === null ? ['small batch'] : []), ...(gap.large === null ? ['large batch'] : [])];
  return {
    headline: { before: `The gap waits for the first finished ${waiting.join(' and ')} run`, strong: '', after: '' },
    detail: { strong: '', rest: 'Only runs that came to their end are compared, seed by seed.' },
  };
}

/** Fewer than three common seeds: the figure without an interval. */
function fewWords(gap: Gap): Said {
  const { difference } = gap;
  if (difference === null) {
    return {
      headline: { before: 'Small and large batch have no seed in common', strong: '', after: '' },
      detail: {
        strong: '',
        rest: 'Differences are paired by seed: the same initialisation, the same order of images.',
      },
    };
  }
  const before = difference.mean < 0 ? 'Large batch is ahead by ' : 'Small batch is ahead by ';
  return {
    headline: { before, strong: points(Math.abs(difference.mean)), after: ' so far' },
    detail: {
      strong: `n = ${String(difference.n)}: too few seeds for an interval.`,
      rest: 'From three common seeds on, the gap and what is recovered of it are stated.',
    },
  };
}

function noteOf(gap: Gap): string {
  const best = [
    ...(gap.smallChoices > 1 && gap.small !== null ? [gap.small.label] : []),
    ...(gap.largeChoices > 1 && gap.large !== null ? [gap.large.label] : []),
  ];
  return [
    ...(best.length > 0 ? [`Measured from the best setting shown: ${best.join('; ')}.`] : []),
    ...(gap.diverged > 0
      ? [`${plural(gap.diverged, 'run')} diverged and ${gap.diverged === 1 ? 'counts' : 'count'} with the best before.`]
      : []),
    ...(gap.leftOut > 0
      ? [`${plural(gap.leftOut, 'run')} ended early and ${gap.leftOut === 1 ? 'is' : 'are'} left out.`]
      : []),
    ...(gap.unfinished > 0 ? [`${plural(gap.unfinished, 'run')} still to finish: the figures will change.`] : []),
  ].join(' ');
}

/** '2/5' while runs are still to finish, else '5'; `live` where it will grow. */
export function seedCount(group: RunGroup, withValue: number): { readonly text: string; readonly live: boolean } {
  const live = group.runs.some(isUnfinished);
  const all = group.runs.length;
  return { text: withValue === all && !live ? String(all) : `${String(withValue)}/${String(all)}`, live };
}
