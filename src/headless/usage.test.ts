import { describe, expect, it } from 'vitest';
import { wholeNumbers } from './usage.ts';

describe('a list of seeds', () => {
  const seeds = wholeNumbers(0, 100);

  it.each([
    ['3', [3]],
    ['1,2, 3', [1, 2, 3]],
    ['1-5', [1, 2, 3, 4, 5]],
    ['1..3,7', [1, 2, 3, 7]],
    ['2,1-3', [2, 1, 3]],
  ])('%s', (text, expected) => {
    expect(seeds(text)).toEqual(expected);
  });

  it.each(['', '1,,2', '-1', '5-1', '1-101', 'a-b', '1.5'])('refuses %s', (text) => {
    expect(() => seeds(text)).toThrow(/^Expected/);
  });

  it('refuses more than a thousand in a range', () => {
    expect(() => wholeNumbers(0, 2 ** 32 - 1)('0-4294967295')).toThrow(/at most 1000 numbers/);
  });
});
