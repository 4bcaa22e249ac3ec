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
  const reduced = new Float32Array(full.length / copies);
  for (let index = 0; index < reduced.length; index += 1) reduced[index] = sumOf(full, index) / pooledSide;
  return reduced;
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
    const begin = index * copies;
    const end = begin + copies;
    const before = origin === undefined ? 0 : sumOf(origin, index);
    if (Math.fround(before / pooledSide) === value) {
      if (origin !== undefined) full.set(origin.subarray(begin, end), begin);
      continue;
    }
    const shift = (value * pooledSide - before) / copies;
    for (let at = begin; at < end - 1; at += 1) full[at] = (origin?.[at] ?? 0) + shift;
    full[end - 1] = value * pooledSide - sumOf(full, index, copies - 1);
  }
  return full;
}

/** Of the first `count` columns of a channel, in double precision; a loop, since torchvision's layer has two million channels. */
function sumOf(weight: Float32Array, channel: number, count = copies): number {
  const begin = channel * copies;
  let sum = 0;
  for (let at = begin; at < begin + count; at += 1) sum += weight[at] ?? 0;
  return sum;
}

function requireWhole(weight: Float32Array, columns: number): void {
  if (Number.isInteger(weight.length / columns)) return;
  throw new MicrobatchError({
    code: 'model/bad-vgg16-weight',
    message: `the first dense layer has ${String(weight.length)} weights`,
    expected: `rows of ${String(copies)} columns a channel`,
  });
}
