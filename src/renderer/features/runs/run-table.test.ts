import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import { initialSorting, nextSorting, readSorting, sortRuns, tally, writeSorting } from './run-table.ts';

const runs = [
  runOf('small-batch', 10, 70),
  runOf('large-batch', 2, null, {}, { status: 'queued' }),
  runOf('gradient-norm', 1, 80, {}, { status: 'running' }),
];
const seeds = (sorted: typeof runs): number[] => sorted.map(({ spec }) => spec.seed);

describe('the order of the runs', () => {
  it('is the newest first at the start', () => {
    expect(seeds(sortRuns(runs, initialSorting))).toEqual([1, 2, 10]);
  });

  it('takes numbers as numbers', () => {
    expect(seeds(sortRuns(runs, { key: 'seed', descending: false }))).toEqual([1, 2, 10]);
  });

  it('puts what has no value last in either direction', () => {
    expect(seeds(sortRuns(runs, { key: 'best', descending: true }))).toEqual([1, 10, 2]);
    expect(seeds(sortRuns(runs, { key: 'best', descending: false }))).toEqual([10, 1, 2]);
  });

  it('puts runs that need the reader before those that do not', () => {
    expect(seeds(sortRuns(runs, { key: 'status', descending: false }))).toEqual([1, 2, 10]);
  });

  it('turns round at the second press, and begins in the direction that is read first', () => {
    const best = nextSorting(initialSorting, 'best');
    expect(best).toEqual({ key: 'best', descending: true });
    expect(nextSorting(best, 'best').descending).toBe(false);
    expect(nextSorting(best, 'seed').descending).toBe(false);
  });

  it('survives the way through an address', () => {
    expect(readSorting(writeSorting({ key: 'best', descending: true }))).toEqual({ key: 'best', descending: true });
    expect(readSorting('nonsense')).toEqual(initialSorting);
  });
});

describe('the tally', () => {
  it('counts runs by state', () => {
    expect(Object.fromEntries(tally(runs))).toEqual({ done: 1, queued: 1, running: 1 });
  });
});
