import type { ChartTheme } from './chart-theme.ts';
import type { Ticks } from './ticks.ts';

/** A stretch of an axis, ends included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** One curve as a chart draws it: ascending x, NaN for gaps, columns of equal length. */
export interface ChartLine {
  readonly id: string;
  /** What the line is, for tables and the text alternative. */
  readonly name: string;
  /** At the end of the line; null where another line of the same look carries it. */
  readonly label: string | null;
  /** The label of a narrow chart. */
  readonly shortLabel: string;
  /** Series token, 1 to 10. */
  readonly series: number;
  /** Dash token, 1 to 5. */
  readonly dash: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly band: { readonly lower: Float64Array; readonly upper: Float64Array } | null;
  /** The curve before smoothing, drawn faintly; null where nothing was smoothed. */
  readonly unsmoothed: Float64Array | null;
  /** More points are on their way. */
  readonly live: boolean;
  /** x of recorded points that were not finite. */
  readonly lost: readonly number[];
}

/** Everything a chart needs to draw itself. */
export interface ChartFrame {
  /** CSS pixels of the whole chart. */
  readonly width: number;
  readonly height: number;
  readonly lines: readonly ChartLine[];
  readonly x: Range;
  readonly y: Range;
  readonly logarithmic: boolean;
  readonly xTicks: Ticks;
  readonly yTicks: Ticks;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** Lines in the light; the others go to 30 %. Null: all. */
  readonly emphasised: ReadonlySet<string> | null;
  /** Pixels kept free on the right for labels. */
  readonly labelWidth: number;
}

/** Where the plot ended up, in CSS pixels of the canvas, and the way between pixels and values. */
export interface ChartGeometry {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly xToPixel: (value: number) => number;
  readonly pixelToX: (pixel: number) => number;
  readonly yToPixel: (value: number) => number;
}

/** The one border to the drawing library: nothing else in the window imports it. */
export interface ChartPort {
  draw(frame: ChartFrame, theme: ChartTheme): ChartGeometry;
  destroy(): void;
}
