import { describe, expect, it } from 'vitest';
import { RandomStream } from '../training/random.ts';
import { expandFirstDense, reduceFirstDense } from './vgg16-form.ts';

const channels = 8;
const rows = 5;
const numbers = (length: number, name: string): Float32Array => {
  const stream = RandomStream.named(3, name);
  return Float32Array.from({ length }, () => 0.01 * stream.normal());
};

/** A dense layer without bias on one input. */
function dense(weight: Float32Array, input: readonly number[]): number[] {
  return Array.from({ length: weight.length / input.length }, (_, row) =>
    input.reduce((sum, value, column) => sum + value * (weight[row * input.length + column] ?? Number.NaN), 0),
  );
}

describe('the first dense layer of VGG-16', () => {
  const features = [...numbers(channels, 'features')].map((value) => Math.abs(value) * 100);
  const copied = features.flatMap((value) => Array<number>(49).fill(value));
  const scaled = features.map((value) => 7 * value);
  const full = numbers(rows * channels * 49, 'full');
  const reduced = numbers(rows * channels, 'reduced');

  it('gives the same outputs in its full and in its reduced form', () => {
    const expected = dense(full, copied);
    for (const [row, output] of dense(reduceFirstDense(full, channels), scaled).entries()) {
      expect(output).toBeCloseTo(expected[row] ?? Number.NaN, 7);
    }
  });

  it('comes back from the full form byte for byte', () => {
    const many = numbers(20_000, 'many');
    const expanded = expandFirstDense(many);
    expect(expanded).toHaveLength(49 * many.length);
    expect(reduceFirstDense(expanded, many.length)).toEqual(many);
    // All columns of a channel are the same but for rounding: gradients of the full form stay even.
    const column = expanded.subarray(0, 49).map((value) => value / ((many[0] ?? 0) / 7));
    for (const share of column) expect(share).toBeCloseTo(1, 5);
  });

  it('keeps what the reduced form does not see, so that the full form it came from comes back byte for byte', () => {
    expect(expandFirstDense(reduceFirstDense(full, channels), full)).toEqual(full);
    const trained = expandFirstDense(reduced, full);
    for (const [index, value] of reduceFirstDense(trained, channels).entries()) {
      expect(value).toBeCloseTo(reduced[index] ?? Number.NaN, 8);
    }
    // A step moves the 49 columns of a channel alike.
    const moved = trained.map((value, index) => value - (full[index] ?? Number.NaN));
    expect(moved[48]).toBeCloseTo(moved[0] ?? Number.NaN, 7);
  });

  it('refuses a weight that is not made of whole channels', () => {
    expect(() => reduceFirstDense(new Float32Array(100), channels)).toThrow('the first dense layer has 100 weights');
    expect(() => expandFirstDense(reduced, new Float32Array(49))).toThrow('the first dense layer has 49 weights');
  });
});
