/**
 * Indices of the points that a line needs on `columns` pixel columns of [low, high]: of every column the first, the
 * least, the greatest, the last and the first gap, ascending. The neighbours just outside the range stay, so that a
 * zoomed line reaches the edge. `x` ascends; points that are not finite are gaps.
 */
export function visibleIndices(x: Float64Array, y: Float64Array, low: number, high: number, columns: number): number[] {
  const kept: number[] = [];
  const count = x.length;
  const start = Math.max(0, firstAtOrAfter(x, low) - 1);
  const end = Math.min(count - 1, firstAtOrAfter(x, high));
  const perUnit = columns / (high - low);
  let index = start;
  while (index <= end) {
    const column = Math.floor(((x[index] ?? 0) - low) * perUnit);
    const first = index;
    let least = index;
    let greatest = index;
    let gap = -1;
    while (index <= end && Math.floor(((x[index] ?? 0) - low) * perUnit) === column) {
      const value = y[index] ?? Number.NaN;
      if (!Number.isFinite(value)) {
        if (gap < 0) gap = index;
      } else {
        if (!(value >= (y[least] ?? Number.NaN))) least = index;
        if (!(value <= (y[greatest] ?? Number.NaN))) greatest = index;
      }
      index += 1;
    }
    const last = index - 1;
    if (last - first < 4) {
      for (let each = first; each <= last; each += 1) kept.push(each);
    } else {
      const chosen = gap < 0 ? [first, least, greatest, last] : [first, least, greatest, gap, last];
      kept.push(...[...new Set(chosen)].sort((a, b) => a - b));
    }
  }
  return kept;
}

/** Index of the first x that is at least `value`; the length where there is none. */
export function firstAtOrAfter(x: Float64Array, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((x[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the x nearest to `value`; -1 of an empty axis. */
export function nearestIndex(x: Float64Array, value: number): number {
  const after = firstAtOrAfter(x, value);
  if (after === 0) return x.length === 0 ? -1 : 0;
  const right = x[after];
  const left = x[after - 1] ?? Number.NEGATIVE_INFINITY;
  return right !== undefined && right - value < value - left ? after : after - 1;
}
