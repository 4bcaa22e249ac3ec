import { describe, expect, it } from 'vitest';
import { classFigures, heatLevel, sortClasses, worstConfusions } from './class-figures.ts';

/** Cats are always known, dogs half of the time, and nothing is called or is a fish. */
const figures = {
  classes: [
    { name: 'cat', n: 4, correct: 4 },
    { name: 'dog', n: 4, correct: 2 },
    { name: 'fish', n: 0, correct: 0 },
  ],
  confusion: [
    [4, 0, 0],
    [2, 2, 0],
    [0, 0, 0],
  ],
};

describe('the figures of a class', () => {
  it('are precision, recall, their harmonic mean and the number of images', () => {
    expect(classFigures(figures)).toEqual([
      { label: 0, name: 'cat', support: 4, precision: 4 / 6, recall: 1, f1: 0.8 },
      { label: 1, name: 'dog', support: 4, precision: 1, recall: 0.5, f1: 4 / 6 },
      { label: 2, name: 'fish', support: 0, precision: null, recall: null, f1: null },
    ]);
  });

  it('are sorted by any column, classes without a figure last', () => {
    const names = (column: 'precision' | 'recall', direction: 'ascending' | 'descending') =>
      sortClasses(classFigures(figures), { column, direction }).map(({ name }) => name);
    expect(names('precision', 'ascending')).toEqual(['cat', 'dog', 'fish']);
    expect(names('precision', 'descending')).toEqual(['dog', 'cat', 'fish']);
    expect(names('recall', 'ascending')).toEqual(['dog', 'cat', 'fish']);
  });
});

it('confusions are told by their share of the true class, the greatest first', () => {
  expect(worstConfusions(figures, 3)).toEqual([{ truth: 'dog', predicted: 'cat', count: 2, share: 0.5 }]);
});

it('the colour scale has its own step for nothing at all', () => {
  expect([0, 0.0001, 1 / 6, 0.5, 1].map(heatLevel)).toEqual([0, 1, 1, 3, 6]);
});
