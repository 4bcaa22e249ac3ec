import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import { queueLines, seedWords } from './queue-lines.ts';

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

describe('replicates of another priority or state', () => {
  it('have a line of their own', () => {
    const runs = [1, 2, 3].map((seed) => runOf('small-batch', seed, null));
    const [first, second, third] = runs.map(({ id }) => id);
    const entries = new Map(
      [
        { run: String(first), priority: 'high', state: 'ready', reason: null } as const,
        { run: String(second), priority: 'normal', state: 'ready', reason: null } as const,
        { run: String(third), priority: 'normal', state: 'waiting', reason: 'It waits.' } as const,
      ].map((entry) => [entry.run, entry]),
    );
    expect(queueLines(runs, entries).map(({ entry }) => [entry?.priority, entry?.state])).toEqual([
      ['high', 'ready'],
      ['normal', 'ready'],
      ['normal', 'waiting'],
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
