import type { ChartLine, Range } from './chart-port.ts';
import { firstAtOrAfter } from './pixel-thinning.ts';

export interface ValueRange extends Range {
  /** Points of the drawn means that lie below the axis. */
  readonly cutBelow: number;
}

/** Share of the visible x after which a linear axis must show every point; what is below it earlier may be cut. */
const settledFrom = 0.25;

/**
 * The y range of the lines within `x`. With `focus`, a linear axis starts near the lowest value after the first quarter
 * (a curve that climbs from 10 % to 90 % would else hide the points between 89 and 91) and says how many points it cuts.
 */
export function valueRange(
  lines: readonly ChartLine[],
  x: Range,
  logarithmic: boolean,
  focus: boolean,
): ValueRange | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let settledLow = Number.POSITIVE_INFINITY;
  const settled = x.low + (x.high - x.low) * settledFrom;
  eachVisible(lines, x, (value, at, band) => {
    if (logarithmic && value <= 0) return;
    // A band that dips towards zero would stretch a logarithmic axis without end; the means decide there.
    if (!(logarithmic && band)) {
      if (value < low) low = value;
      if (at >= settled && value < settledLow) settledLow = value;
    }
    if (value > high) high = value;
  });
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
  if (logarithmic) {
    const pad = Math.max(Math.log(high / low) * 0.04, 0.05);
    return { low: low / Math.exp(pad), high: high * Math.exp(pad), cutBelow: 0 };
  }
  const cut = focus && Number.isFinite(settledLow) && settledLow - low > 0.3 * (high - low);
  const bottom = cut ? settledLow : low;
  const pad = Math.max((high - bottom) * (cut ? 0.12 : 0.05), leastAir(bottom, high));
  const range = { low: bottom - pad, high: high + Math.min(pad, (high - bottom) * 0.05 || pad) };
  if (!cut) return { ...range, cutBelow: 0 };
  let cutBelow = 0;
  eachVisible(lines, x, (value, _, band) => {
    if (!band && value < range.low) cutBelow += 1;
  });
  return { ...range, cutBelow };
}

/** A range as narrow as the noise of its last digit would need labels of more digits than the axis has room for. */
function leastAir(low: number, high: number): number {
  const magnitude = Math.max(Math.abs(low), Math.abs(high));
  if (magnitude === 0) return 1;
  return magnitude * (high === low ? 0.02 : 1e-4);
}

function eachVisible(
  lines: readonly ChartLine[],
  x: Range,
  visit: (value: number, at: number, band: boolean) => void,
): void {
  for (const line of lines) {
    const from = firstAtOrAfter(line.x, x.low);
    for (let index = from; index < line.x.length; index += 1) {
      const at = line.x[index] ?? Number.NaN;
      if (at > x.high) break;
      const value = line.y[index] ?? Number.NaN;
      if (Number.isFinite(value)) visit(value, at, false);
      if (line.band === null) continue;
      const lower = line.band.lower[index] ?? Number.NaN;
      const upper = line.band.upper[index] ?? Number.NaN;
      if (Number.isFinite(lower)) visit(lower, at, true);
      if (Number.isFinite(upper)) visit(upper, at, true);
    }
  }
}

/** From 0, or from the first point where that is far, to the last point of any line; null without points. */
export function horizontalRange(lines: readonly ChartLine[]): Range | null {
  let high = Number.NEGATIVE_INFINITY;
  for (const line of lines) high = Math.max(high, line.x.at(-1) ?? Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(high)) return null;
  return { low: 0, high: high > 0 ? high : 1 };
}
