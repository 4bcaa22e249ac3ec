import { MicrobatchError } from '../../contracts/errors.ts';
import { pooledSide } from './vgg.ts';

/**
 * The first dense layer of torchvision's VGG-16 between its full form W [out, 49 C], which sees every feature 49 times,
 * and the reduced form V [out, C], which sees 7 times the feature once: W h_repeated = V 7h with V = (sum of the 49
 * columns of a channel) / 7. W minus the even part V/7 sums to zero in every channel: it changes no output and no
 * gradient step moves it.
 */
const copies = pooledSide * pooledSide;

/** V from W, both row-major; `channels` is C. Throws `model/bad-vgg16-weight`. */
export function reduceFirstDense(full: Float32Array, channels: number): Float32Array {
  requireWhole(full, channels * copies);
  return Float32Array.from({ length: full.length / copies }, (_, index) => {
    const block = full.subarray(index * copies, (index + 1) * copies);
    return block.reduce((sum, value) => sum + value, 0) / pooledSide;
  });
}

/**
 * A W whose reduced form is V, byte for byte: every column V/7, the last one taking the rounding of the others. With
 * `origin`, the W that training started from, its zero-sum part is kept: W comes back byte for byte where V did not
 * change, and the trained W is the one that training the full form would have reached.
 */
export function expandFirstDense(reduced: Float32Array, origin?: Float32Array): Float32Array {
  if (origin !== undefined && origin.length !== reduced.length * copies) requireWhole(origin, Number.NaN);
  const full = new Float32Array(reduced.length * copies);
  for (const [index, value] of reduced.entries()) {
    const block = full.subarray(index * copies, (index + 1) * copies);
    const before = origin?.subarray(index * copies, (index + 1) * copies) ?? new Float32Array(copies);
    const sumBefore = before.reduce((sum, weight) => sum + weight, 0);
    if (Math.fround(sumBefore / pooledSide) === value) {
      block.set(before);
      continue;
    }
    const shift = (value * pooledSide - sumBefore) / copies;
    block.set(before.map((weight) => weight + shift));
    const rest = block.subarray(0, copies - 1).reduce((sum, weight) => sum + weight, 0);
    block[copies - 1] = value * pooledSide - rest;
  }
  return full;
}

function requireWhole(weight: Float32Array, columns: number): void {
  if (Number.isInteger(weight.length / columns)) return;
  throw new MicrobatchError({
    code: 'model/bad-vgg16-weight',
    message: `the first dense layer has ${String(weight.length)} weights`,
    expected: `rows of ${String(copies)} columns a channel`,
  });
}
