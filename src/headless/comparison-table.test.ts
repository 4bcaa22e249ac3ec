import { describe, expect, it } from 'vitest';
import { runOf } from '../../test/comparison-runs.ts';
import { compareRuns } from '../lab/comparison.ts';
import { comparisonTable } from './comparison-table.ts';

const seeds = [1, 2, 3];
const tableOf = (small: number, large: number): string =>
  comparisonTable(
    compareRuns(
      seeds.flatMap((seed) => [
        runOf('small-batch', seed, small + seed),
        runOf('gradient-norm', seed, (small + large) / 2 + seed),
        runOf('large-batch', seed, large + seed),
      ]),
      'validation/accuracy',
      'method',
    ),
  ).join('\n');

describe('the table of a comparison', () => {
  it('says what share of the gap each group recovers', () => {
    expect(tableOf(80, 70)).toMatch(/Gradient norm, λ 0\.03 +3 .* 50 %/);
    expect(tableOf(80, 70)).not.toContain('no gap');
  });

  it('says no share where large batch is ahead', () => {
    expect(tableOf(70, 80)).toMatch(/Gradient norm, λ 0\.03 +3 .* –\n/);
    expect(tableOf(70, 80)).toContain('Large batch is ahead of small batch: there is no gap to recover.');
  });
});
