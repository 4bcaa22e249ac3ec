import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { runOf } from '../../../../test/comparison-runs.ts';
import { gapWords, seedCount } from './gap-words.ts';
import { isSignificant, measureGap } from './gap.ts';
import { groupRuns, recordedBest } from './grouping.ts';

const seeds = [12, 13, 14, 15, 16];
const runsOf = (method: 'small-batch' | 'large-batch' | 'gradient-norm', values: readonly number[]): RunRecord[] =>
  values.map((value, index) => runOf(method, seeds[index] ?? 0, value));

const small = runsOf('small-batch', [92.66, 92.17, 92.71, 92.33, 92.49]);
const large = runsOf('large-batch', [89.93, 89.27, 90.02, 89.61, 89.37]);
const penalised = runsOf('gradient-norm', [91.49, 90.78, 91.88, 91.38, 91.31]);

const measure = (...runs: readonly RunRecord[][]) => measureGap(groupRuns(runs.flat()), recordedBest);
const say = (...runs: readonly RunRecord[][]): string => {
  const { headline, detail, note } = gapWords(measure(...runs), null);
  return `${headline.before}${headline.strong}${headline.after} | ${detail.strong} ${detail.rest} | ${note}`.replaceAll(
    '\u2009',
    ' ',
  );
};

describe('the gap', () => {
  it('is small minus large batch by seed, and a method recovers the share of it that its mean wins back', () => {
    const gap = measure(small, large, penalised);
    expect(gap.difference?.mean).toBeCloseTo(0.02832, 9);
    expect(gap.difference?.n).toBe(5);
    expect(isSignificant(gap)).toBe(true);
    const [recovery] = gap.recoveries;
    expect(recovery?.share).toBeCloseTo((91.368 - 89.64) / (92.472 - 89.64), 9);
    expect(recovery?.interval?.[0]).toBeLessThan(recovery?.share ?? 0);
    expect(recovery?.interval?.[1]).toBeGreaterThan(recovery?.share ?? 1);
  });

  it('compares no run on its way, stopped or failed, and says how many there are', () => {
    const early = runOf('small-batch', 17, 99, {}, { status: 'stopped' });
    const live = runOf('large-batch', 17, 1, {}, { status: 'running' });
    const gap = measure([...small, early], [...large, live]);
    expect(gap.difference?.n).toBe(5);
    expect([gap.unfinished, gap.leftOut]).toEqual([1, 1]);
  });

  it('counts a diverged run: leaving it out would flatter the method', () => {
    const diverged = runOf('gradient-norm', 12, 20, {}, { status: 'diverged' });
    expect(measure(small, large, [diverged, ...penalised.slice(1)]).recoveries[0]?.n).toBe(5);
    expect(say(small, large, [diverged, ...penalised.slice(1)])).toContain(
      '1 run diverged and counts with the best before.',
    );
  });

  it('takes the best of several settings of small or large batch', () => {
    const other = seeds.map((seed) => runOf('large-batch', seed, 91, { learningRate: 0.3 }));
    const gap = measure(small, large, other);
    expect(gap.largeChoices).toBe(2);
    expect(gap.large?.label).toBe('Large batch, lr 0.3');
  });
});

describe('the gap in words', () => {
  it('states the share, its interval, n and the size of the gap', () => {
    expect(say(small, large, penalised)).toMatch(
      /^Gradient norm recovers 61 % of the small-to-large-batch gap \| 95 % interval \d\d–\d\d, n = 5 pairs\. Best validation accuracy, gap 2\.83 points\. \|/,
    );
  });

  it('states the gap alone where no other method is shown', () => {
    expect(say(small, large)).toContain('Small batch beats large batch by 2.83 points | 95 % interval 2.');
  });

  it('says that a gap that is not significant cannot be recovered', () => {
    const words = say(runsOf('small-batch', [70, 72, 74]), runsOf('large-batch', [71, 71, 73]), penalised.slice(0, 3));
    expect(words).toContain('No significant gap: small minus large batch is 0.33 points | 95 % interval −');
    expect(words).toContain('n = 3 pairs. Best validation accuracy. No share can be told.');
    expect(words).not.toContain('Gradient norm');
  });

  it('says so when large batch is the better one', () => {
    expect(say(runsOf('small-batch', [70, 71, 72]), runsOf('large-batch', [75, 76.1, 77]))).toContain(
      'No gap to recover: large batch is better by 5.03 points',
    );
  });

  it('gives no interval below three seeds', () => {
    expect(say(small.slice(0, 2), large.slice(0, 2), penalised)).toContain(
      'Small batch is ahead by 2.81 points so far | n = 2: too few seeds for an interval.',
    );
  });

  it('gives none to a method with fewer than three seeds either', () => {
    expect(say(small, large, penalised.slice(0, 2))).toContain(
      '| n = 2: too few seeds for an interval. Best validation accuracy, gap 2.83 points, n = 5. |',
    );
  });

  it('doubts a recovery whose interval holds zero', () => {
    expect(say(small, large, runsOf('gradient-norm', [90.5, 89.0, 90.5, 88.9, 90.1]))).toContain(
      'It holds 0: no recovery is shown.',
    );
  });

  it('names what is missing', () => {
    expect(say(penalised, large)).toContain('No gap to state without small batch |');
    expect(say(penalised)).toContain('No gap to state without small batch and large batch |');
  });

  it('waits for the first finished run', () => {
    const running = runOf('small-batch', 12, 50, {}, { status: 'running' });
    expect(say([running], large)).toContain('The gap waits for the first finished small batch run |');
    expect(say([running], large)).toContain('1 run still to finish: the figures will change.');
  });

  it('pairs no seeds that differ', () => {
    expect(say([runOf('small-batch', 1, 90)], [runOf('large-batch', 2, 80)])).toContain('have no seed in common');
  });
});

describe('the count of seeds', () => {
  it('shows how many of them have a value while some are on their way', () => {
    const [group] = groupRuns([runOf('small-batch', 1, 70), runOf('small-batch', 2, null, {}, { status: 'queued' })]);
    expect(group === undefined ? null : seedCount(group, 1)).toEqual({ text: '1/2', live: true });
  });
});
