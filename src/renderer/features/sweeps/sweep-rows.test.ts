import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import type { SweepRecord } from '../../../contracts/sweeps.ts';
import { readSeeds, sweepRows } from './sweep-rows.ts';

describe('rows of a sweep', () => {
  it('are its settings with their replicates: those that carry its id and those that were there before', () => {
    const before = runOf('small-batch', 1, 80);
    const own = [2, 3].map((seed) => ({ ...runOf('small-batch', seed, 78 + seed), sweep: 'sweep-1' }));
    const waiting = runOf('large-batch', 1, null, {}, { status: 'queued', sweep: 'sweep-1' });
    const stranger = runOf('small-batch', 9, 10);
    const sweep: SweepRecord = {
      ...{ schema: 1, id: 'sweep-1', name: 'Methods', createdAt: '2026-01-01T00:00:00Z', reused: [before.id] },
      definition: { base: {}, axes: {} },
      settings: [
        { groupHash: before.groupHash, values: { method: 'small-batch' } },
        { groupHash: waiting.groupHash, values: { method: 'large-batch' } },
      ],
    };
    const rows = sweepRows(sweep, [...own, before, waiting, stranger]);
    expect(rows.map(({ runs, done }) => [runs.map(({ spec }) => spec.seed), done])).toEqual([
      [[1, 2, 3], 3],
      [[1], 0],
    ]);
    expect(rows[0]?.mean).toBeCloseTo(0.80333, 4);
    expect(rows[1]?.mean).toBeNull();
  });
});

describe('seeds as text', () => {
  it.each([
    ['4', [4]],
    ['4, 6..8, 4', [4, 6, 7, 8]],
    ['', null],
    ['4;5', null],
    ['8..4', null],
    ['1..100000', null],
    ['-1', null],
  ])('%j', (text, seeds) => expect(readSeeds(text)).toEqual(seeds));
});
