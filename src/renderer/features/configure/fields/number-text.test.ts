import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumbers, unreadableWords, writeNumbers } from './number-text.ts';

const count = { integer: true, grouped: true };
const seed = { integer: true, grouped: false };
const decimal = { integer: false, grouped: false };

describe('reading a numeric field', () => {
  it.each([
    ['5,120', count, 5120],
    ['5120', count, 5120],
    ['1e3', count, 1000],
    [' 0.1 ', decimal, 0.1],
    ['.5', decimal, 0.5],
    ['−1', decimal, -1],
    ['12', seed, 12],
  ])('takes %s as one number', (text, style, value) => {
    expect(readNumbers(text, style)).toBe(value);
  });

  it.each([
    ['0.005, 0.01, 0.02', decimal, [0.005, 0.01, 0.02]],
    ['0.005; 0.01', decimal, [0.005, 0.01]],
    ['100, 200', count, [100, 200]],
    ['1,200', seed, [1, 200]],
    ['1, 2, 3', seed, [1, 2, 3]],
    ['1 2 3', seed, [1, 2, 3]],
    ['1..5', seed, [1, 2, 3, 4, 5]],
    ['12–14', seed, [12, 13, 14]],
    ['1 .. 3, 7', seed, [1, 2, 3, 7]],
    ['2, 2, 3', seed, [2, 3]],
  ])('takes %s as a list: a sweep', (text, style, values) => {
    expect(readNumbers(text, style)).toEqual(values);
  });

  it('takes a list that is still being typed for what is there', () => {
    expect(readNumbers('0.005, ', decimal)).toBe(0.005);
    expect(readNumbers('', decimal)).toBeUndefined();
  });

  it('keeps what is no number as it stands, for the schema to refuse', () => {
    expect(readNumbers('0.1x', decimal)).toBe('0.1x');
    expect(readNumbers('1..x', seed)).toBe('1..x');
    expect(readNumbers('5..1', seed)).toBe('5..1');
    expect(readNumbers('1..999999999', seed)).toBe('1..999999999');
    expect(unreadableWords('0.1, x', decimal)).toEqual(['x']);
  });

  it('does not guess whether a comma inside a decimal parts values or is its point', () => {
    expect(readNumbers('0,01', decimal)).toBe('0,01');
    expect(readNumbers('5,120', decimal)).toBe('5,120');
  });
});

describe('writing a numeric field', () => {
  it('writes counts with thousands and seeds without', () => {
    expect(writeNumbers(5120, count)).toBe('5,120');
    expect(writeNumbers(5120, seed)).toBe('5120');
    expect(writeNumbers([1, 2, 3], seed)).toBe('1, 2, 3');
    expect(writeNumbers([1, 2, 3, 4, 5, 6], seed)).toBe('1..6');
    expect(writeNumbers(undefined, seed)).toBe('');
    expect(writeNumbers('0.1x', decimal)).toBe('0.1x');
  });

  it('reads back what it wrote, whatever the numbers', () => {
    const whole = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 2, maxLength: 12 });
    const fractions = fc.uniqueArray(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 6 });
    const returns = (style: { integer: boolean; grouped: boolean }) => (numbers: number[]) => {
      expect(readNumbers(writeNumbers(numbers, style), style)).toEqual(numbers);
    };
    fc.assert(fc.property(whole, returns(count)));
    fc.assert(fc.property(whole, returns(seed)));
    fc.assert(fc.property(fractions, returns(decimal)));
  });
});
