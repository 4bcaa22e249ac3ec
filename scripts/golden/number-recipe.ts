/**
 * The numbers that full-size networks are filled with: mulberry32 seeded by the FNV-1a hash of `SALT:NAME`. Written from
 * the recipe of the case format; all arithmetic is on unsigned 32-bit integers until the last step.
 */
export function recipeSeed(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** A stream of whole numbers below 2^32. */
export function recipeStream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** A number of the stream in [-1, 1). */
export function signed(next: number): number {
  return (next >>> 8) / 8388608 - 1;
}

/** A tensor: center + half * s, rounded to float32, in row-major order. */
export function recipeTensor(
  salt: string,
  name: string,
  { length, center, half }: { readonly length: number; readonly center: number; readonly half: number },
): Float32Array {
  const next = recipeStream(recipeSeed(`${salt}:${name}`));
  const values = new Float32Array(length);
  for (let index = 0; index < length; index += 1) values[index] = center + half * signed(next());
  return values;
}

/** Inner product of a tensor with the numbers of the stream `probe/NAME`. */
export function recipeProbe(salt: string, name: string, values: Float32Array): number {
  const next = recipeStream(recipeSeed(`${salt}:probe/${name}`));
  let sum = 0;
  for (const value of values) sum += value * signed(next());
  return sum;
}
