import type { ChartGeometry, ChartLine, Range } from './chart-port.ts';
import type { ChartTheme } from './chart-theme.ts';
import { nearestIndex } from './pixel-thinning.ts';

export interface OverlayState {
  /** CSS pixels of the canvas. */
  readonly width: number;
  readonly height: number;
  /** Place of the shared cursor, in x values; null when there is none. */
  readonly cursor: number | null;
  /** Range being dragged for a zoom. */
  readonly drag: Range | null;
  /** Labelled places of the x axis. */
  readonly ticks: readonly number[];
}

/** Draws what follows the pointer on its own canvas, so that a mouse move never redraws the curves below. */
export function drawOverlay(
  canvas: HTMLCanvasElement,
  geometry: ChartGeometry,
  lines: readonly ChartLine[],
  theme: ChartTheme,
  formatX: (value: number) => string,
  state: OverlayState,
): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const scale = Math.max(1, window.devicePixelRatio);
  const { width, height } = state;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  if (state.drag !== null) {
    const from = geometry.xToPixel(state.drag.low);
    const to = geometry.xToPixel(state.drag.high);
    context.save();
    context.globalAlpha = 0.1;
    context.fillStyle = theme.cursor;
    context.fillRect(from, geometry.top, to - from, geometry.bottom - geometry.top);
    context.restore();
  }
  if (state.cursor === null) return;
  const x = Math.round(geometry.xToPixel(state.cursor)) + 0.5;
  if (x < geometry.left - 1 || x > geometry.right + 1) return;
  context.globalAlpha = 0.8;
  context.strokeStyle = theme.cursor;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, geometry.top);
  context.lineTo(x, geometry.bottom);
  context.stroke();
  context.globalAlpha = 1;
  for (const line of lines) drawDot(context, line, state.cursor, x, geometry, theme);
  context.font = `550 11px ${theme.font}`;
  const text = formatX(state.cursor);
  const pill = context.measureText(text).width + 12;
  const left = Math.max(0, Math.min(width - pill, x - pill / 2));
  hideTicks(context, state.ticks, formatX, [left - 4, left + pill + 4], geometry, theme);
  drawPill(context, text, left, pill, geometry, theme);
}

function drawDot(
  context: CanvasRenderingContext2D,
  line: ChartLine,
  cursor: number,
  x: number,
  geometry: ChartGeometry,
  theme: ChartTheme,
): void {
  const last = line.x.at(-1);
  if (last === undefined || cursor > last || cursor < (line.x[0] ?? Number.POSITIVE_INFINITY)) return;
  const value = line.y[nearestIndex(line.x, cursor)];
  if (value === undefined || !Number.isFinite(value)) return;
  const y = geometry.yToPixel(value);
  if (!(y >= geometry.top - 2 && y <= geometry.bottom)) return;
  context.fillStyle = theme.series[line.series] ?? theme.tick;
  context.strokeStyle = theme.background;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, 3.25, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

/** Takes away the tick labels that the pill would cover in part. */
function hideTicks(
  context: CanvasRenderingContext2D,
  ticks: readonly number[],
  formatX: (value: number) => string,
  [from, to]: readonly [number, number],
  geometry: ChartGeometry,
  theme: ChartTheme,
): void {
  context.fillStyle = theme.background;
  for (const tick of ticks) {
    const half = context.measureText(formatX(tick)).width / 2 + 1;
    const at = geometry.xToPixel(tick);
    if (at + half > from && at - half < to) context.fillRect(at - half, geometry.bottom + 6, 2 * half, 18);
  }
}

/** The value of x under the axis. */
function drawPill(
  context: CanvasRenderingContext2D,
  text: string,
  left: number,
  width: number,
  geometry: ChartGeometry,
  theme: ChartTheme,
): void {
  context.fillStyle = theme.ink;
  context.beginPath();
  context.roundRect(left, geometry.bottom + 5, width, 16, 3);
  context.fill();
  context.fillStyle = theme.background;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, left + width / 2, geometry.bottom + 13.5);
}
