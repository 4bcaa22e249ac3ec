/** Ticks of an axis: labelled ones, and short unlabelled ones of a logarithmic axis. */
export interface Ticks {
  readonly major: readonly number[];
  readonly minor: readonly number[];
  /** Decimals that every label of a linear axis carries, so that they line up. */
  readonly decimals: number;
}

/** Ticks at 1, 2 or 5 times a power of ten, the finest step that gives at most `most` of them inside [low, high]. */
export function linearTicks(low: number, high: number, most = 6): Ticks {
  if (!(high > low) || most < 1) return { major: [], minor: [], decimals: 0 };
  let exponent = Math.floor(Math.log10((high - low) / most)) - 1;
  for (;;) {
    for (const factor of [1, 2, 5]) {
      const step = factor * 10 ** exponent;
      const first = Math.ceil(low / step - 1e-9);
      const last = Math.floor(high / step + 1e-9);
      if (last - first + 1 <= most) {
        const decimals = Math.max(0, -exponent);
        const major = Array.from({ length: last - first + 1 }, (_, index) =>
          Number(((first + index) * step).toFixed(decimals)),
        );
        return { major, minor: [], decimals };
      }
    }
    exponent += 1;
  }
}

/** Ticks of a logarithmic axis: decades when there are three or more, else 1-3-10, else 1-2-5; minor ticks at 1 to 9. */
export function logarithmicTicks(low: number, high: number, most = 6): Ticks {
  if (!(low > 0) || !(high > low)) return { major: [], minor: [], decimals: 0 };
  const decades = within(low, high, [1]);
  const thirds = within(low, high, [1, 3]);
  const fifths = within(low, high, [1, 2, 5]);
  const minor = within(low, high, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  if (decades.length >= 4) {
    const stride = Math.ceil(decades.length / most);
    return { major: decades.filter((_, index) => index % stride === 0), minor: decades, decimals: 0 };
  }
  const major = decades.length === 3 ? decades : thirds.length >= 3 ? thirds : fifths;
  if (major.length >= 2) return { major, minor, decimals: 0 };
  return { ...linearTicks(low, high, Math.min(most, 4)), minor: [] };
}

function within(low: number, high: number, factors: readonly number[]): number[] {
  const found: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent += 1) {
    for (const factor of factors) {
      const value = Number((factor * 10 ** exponent).toPrecision(12));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  }
  return found;
}
