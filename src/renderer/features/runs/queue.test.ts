import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import { queueLines, seedWords } from './queue.ts';

describe('lines of the queue', () => {
  it('join replicates that follow each other, and only those', () => {
    const queue = [
      runOf('small-batch', 1, null),
      runOf('small-batch', 2, null),
      runOf('large-batch', 1, null),
      runOf('small-batch', 3, null),
    ];
    expect(queueLines(queue).map(({ place, runs }) => [place, runs.map(({ spec }) => spec.seed)])).toEqual([
      [1, [1, 2]],
      [3, [1]],
      [4, [3]],
    ]);
  });
});

describe('seeds in words', () => {
  it('are a range where they are one, a list otherwise', () => {
    expect(seedWords([12])).toBe('12');
    expect(seedWords([1, 2])).toBe('1, 2');
    expect(seedWords([14, 12, 13])).toBe('12–14');
    expect(seedWords([4, 1, 9])).toBe('1, 4, 9');
  });
});
