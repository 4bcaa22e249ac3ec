import { describe, expect, it } from 'vitest';
import { RandomStream } from '../training/random.ts';
import { lanczos, type Multiply } from './lanczos.ts';

const stream = RandomStream.named(1, 'lanczos');
const random = (length: number): Float64Array => Float64Array.from({ length }, () => stream.normal());

/** Q diag Q with the reflection Q = I - 2 w w^T: a dense symmetric operator whose eigenvalues are known. */
function reflected(eigenvalues: readonly number[]): {
  multiply: Multiply;
  eigenvector: (index: number) => Float64Array;
} {
  const w = random(eigenvalues.length);
  const norm = Math.hypot(...w);
  const reflect = (v: Float64Array): Float64Array => {
    const along = v.reduce((sum, value, index) => sum + (value * (w[index] ?? 0)) / norm, 0);
    return v.map((value, index) => value - (2 * along * (w[index] ?? 0)) / norm);
  };
  return {
    multiply: (v) => Promise.resolve(reflect(reflect(v).map((value, index) => value * (eigenvalues[index] ?? 0)))),
    eigenvector: (index) => reflect(new Float64Array(eigenvalues.length).with(index, 1)),
  };
}

describe('Lanczos iteration', () => {
  const eigenvalues = [12, 9, ...Array.from({ length: 196 }, (_, index) => Math.cos(index)), -4, -7];

  it('finds the outermost eigenvalues in few products', async () => {
    const { multiply, eigenvector } = reflected(eigenvalues);
    const { values, vector } = await lanczos(multiply, random(200), 30);
    expect(values).toHaveLength(30);
    expect(values.slice(0, 2)).toEqual([expect.closeTo(12, 8), expect.closeTo(9, 8)]);
    expect(values.slice(-2)).toEqual([expect.closeTo(-4, 8), expect.closeTo(-7, 8)]);
    const cosine = vector(0).reduce((sum, value, index) => sum + value * (eigenvector(0)[index] ?? 0), 0);
    expect(Math.abs(cosine)).toBeCloseTo(1, 8);
  });

  it('finds each eigenvalue once and stops where the space is exhausted', async () => {
    const { multiply } = reflected([5, 5, 2, 2, 2, 0, 0, 0, 0, -1]);
    const { values } = await lanczos(multiply, random(10), 10);
    expect(values).toHaveLength(4);
    for (const [index, expected] of [5, 2, 0, -1].entries()) expect(values[index]).toBeCloseTo(expected, 10);
  });
});
