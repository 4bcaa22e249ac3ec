import { describe, expect, it } from 'vitest';
import { readNumber } from './read-number.ts';

describe('a number as people write it', () => {
  it('may have thousands, an exponent and a true minus', () => {
    expect(['5,120', '1e-3', '−0.5', ' 25 ', '.5'].map(readNumber)).toEqual([5120, 0.001, -0.5, 25, 0.5]);
  });

  it('is none where the text is no number', () => {
    expect(['', 'abc', '1,2', '5120 images', '1..2', 'Infinity'].map(readNumber)).toEqual(Array(6).fill(null));
  });
});
