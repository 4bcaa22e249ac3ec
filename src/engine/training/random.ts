import { z } from 'zod';

const word = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** Four 32-bit words of xoshiro128**; plain JSON. */
export const randomState = z.tuple([word, word, word, word]);
export type RandomState = z.infer<typeof randomState>;

/**
 * A seeded stream of random numbers: xoshiro128** 1.1 (Blackman and Vigna, 2018), the same on every platform.
 * Streams are named by purpose, so that drawing more from one never shifts another. Word k of the starting state is
 * the murmur3 finaliser of the FNV-1a hash of "SEED:NAME:k".
 */
export class RandomStream {
  #state: RandomState;

  constructor(state: RandomState) {
    this.#state = state;
  }

  static named(seed: number, name: string): RandomStream {
    const start = (index: number): number => finalise(fnv1a(`${String(seed)}:${name}:${String(index)}`));
    return new RandomStream([start(0), start(1), start(2), start(3)]);
  }

  /** The state now; a stream made from it continues exactly here. */
  capture(): RandomState {
    return [...this.#state];
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const [a, b, c, d] = this.#state;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const third = c ^ a;
    const fourth = d ^ b;
    this.#state = [(a ^ fourth) >>> 0, (b ^ third) >>> 0, (third ^ (b << 9)) >>> 0, rotate(fourth, 11)];
    return result;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.next() >>> 5;
    const low = this.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Standard normal (Box and Muller; two numbers of the stream each, so that its state stays four words). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A whole number from 0 to limit - 1, each equally likely; limit at most 2^32. */
  below(limit: number): number {
    const unbiased = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const value = this.next();
      if (value < unbiased) return value % limit;
    }
  }

  /** The numbers 0 to length - 1 in random order (Fisher and Yates, from the end). */
  permutation(length: number): Uint32Array {
    const order = Uint32Array.from({ length }, (_, index) => index);
    for (let last = length - 1; last > 0; last -= 1) {
      const chosen = this.below(last + 1);
      const value = order[last] ?? 0;
      order[last] = order[chosen] ?? 0;
      order[chosen] = value;
    }
    return order;
  }
}

function rotate(value: number, bits: number): number {
  return ((value << bits) | (value >>> (32 - bits))) >>> 0;
}

/** FNV-1a, 32 bit, over UTF-8. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The finaliser of murmur3: spreads every input bit over the word. */
function finalise(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
