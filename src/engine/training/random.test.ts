import { describe, expect, it } from 'vitest';
import { RandomStream } from './random.ts';

const take = (stream: RandomStream, count: number): number[] => Array.from({ length: count }, () => stream.next());

describe('RandomStream', () => {
  it('is xoshiro128** 1.1: the published first outputs from the state 1, 2, 3, 4', () => {
    expect(take(new RandomStream([1, 2, 3, 4]), 6)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
  });

  it('depends on the seed and on the name, and on nothing else', () => {
    const numbers = (seed: number, name: string): number[] => take(RandomStream.named(seed, name), 4);
    expect(numbers(1, 'order')).toEqual(numbers(1, 'order'));
    expect(numbers(1, 'order')).not.toEqual(numbers(2, 'order'));
    expect(numbers(1, 'order')).not.toEqual(numbers(1, 'initialisation'));
  });

  it('goes on exactly where its captured state, sent through JSON, was taken', () => {
    const stream = RandomStream.named(3, 'order');
    take(stream, 5);
    const state: unknown = JSON.parse(JSON.stringify(stream.capture()));
    expect(state).toEqual(stream.capture());
    const copy = new RandomStream(stream.capture());
    expect(take(copy, 20)).toEqual(take(stream, 20));
  });

  it('is uniform in [0, 1): mean and variance of 20,000 numbers within four standard errors', () => {
    const stream = RandomStream.named(1, 'uniform');
    const numbers = Array.from({ length: 20_000 }, () => stream.uniform());
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / numbers.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / numbers.length));
  });

  it('is standard normal: mean, variance and share beyond two of 20,000 numbers within four standard errors', () => {
    const stream = RandomStream.named(1, 'normal');
    const numbers = Array.from({ length: 20_000 }, () => stream.normal());
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
    const beyond = numbers.filter((value) => Math.abs(value) > 2).length / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(1 / numbers.length));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / numbers.length));
    const tails = 0.0455003;
    expect(Math.abs(beyond - tails)).toBeLessThan(4 * Math.sqrt((tails * (1 - tails)) / numbers.length));
  });

  it('permutes without loss and reaches every order of three about equally often', () => {
    const stream = RandomStream.named(1, 'permutation');
    expect([...stream.permutation(100)].toSorted((left, right) => left - right)).toEqual([...Array(100).keys()]);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw += 1) {
      const order = stream.permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Four standard deviations of a binomial count around 1000.
    for (const count of counts.values())
      expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(6000 * (1 / 6) * (5 / 6)));
  });
});
