import { describe, expect, it } from 'vitest';
import { RandomStream } from '../training/random.ts';
import { drawValues } from './draws.ts';

const stream = () => RandomStream.named(11, 'draws');

describe('random tensors', () => {
  it('logits plus Gumbel noise are greatest at a class as often as soft-max says', () => {
    const logits = [1.5, 0, -0.7, 0.4];
    const draws = 20_000;
    const numbers = stream();
    const counts = logits.map(() => 0);
    for (let draw = 0; draw < draws; draw += 1) {
      const noise = drawValues({ shape: [4], law: { kind: 'gumbel' } }, numbers);
      const noisy = logits.map((logit, index) => logit + (noise[index] ?? Number.NaN));
      const label = noisy.indexOf(Math.max(...noisy));
      counts[label] = (counts[label] ?? 0) + 1;
    }
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    for (const [label, logit] of logits.entries()) {
      const p = Math.exp(logit) / total;
      // Four standard deviations of a binomial count.
      expect(Math.abs((counts[label] ?? 0) - draws * p)).toBeLessThan(4 * Math.sqrt(draws * p * (1 - p)));
    }
  });

  it('unit vectors have norm 1 and no preferred direction', () => {
    const numbers = stream();
    const sums = new Float64Array(6);
    const draws = 4000;
    for (let draw = 0; draw < draws; draw += 1) {
      const vector = drawValues({ shape: [3], law: { kind: 'unit-vector' } }, numbers);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
      for (const [index, value] of vector.entries()) {
        sums[index] = (sums[index] ?? 0) + value;
        sums[index + 3] = (sums[index + 3] ?? 0) + value * value;
      }
    }
    // Each coordinate has mean 0 and mean square 1/3; its fourth moment on the sphere is 1/5.
    for (const sum of sums.subarray(0, 3)) expect(Math.abs(sum)).toBeLessThan(4 * Math.sqrt(draws / 3));
    for (const sum of sums.subarray(3))
      expect(Math.abs(sum - draws / 3)).toBeLessThan(4 * Math.sqrt(draws * (1 / 5 - 1 / 9)));
  });

  it('dropout masks keep the mean at 1', () => {
    const mask = drawValues({ shape: [100, 100], law: { kind: 'dropout', rate: 0.2 } }, stream());
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.8)]));
    const kept = mask.filter((value) => value > 0).length;
    expect(Math.abs(kept - 8000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.2 * 0.8));
  });
});
