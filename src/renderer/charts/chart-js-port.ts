import { Chart, Filler, LinearScale, LineController, LineElement, LogarithmicScale, PointElement } from 'chart.js';
import type { ChartDataset, ChartOptions, Plugin } from 'chart.js';
import type { ChartFrame, ChartGeometry, ChartLine, ChartPort } from './chart-port.ts';
import { dashPatterns, withOpacity } from './chart-theme.ts';
import type { ChartTheme } from './chart-theme.ts';
import { visibleIndices } from './pixel-thinning.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale, Filler);

type AxisOptions = NonNullable<NonNullable<ChartOptions<'line'>['scales']>[string]>;
type TickOptions = NonNullable<AxisOptions['ticks']>;

type LineDataset = ChartDataset<'line', Point[]>;

interface Point {
  x: number;
  y: number;
}

const dimmed = 0.3;
/** More lines than this are drawn fine and lightly, so that they do not bury each other. */
const crowd = 12;

/** Chart.js driven directly: no animation, no parsing, points thinned here, ticks and ranges decided by the caller. */
export class ChartJsPort implements ChartPort {
  readonly #chart: Chart<'line', Point[]>;
  #frame: ChartFrame | null = null;
  #theme: ChartTheme | null = null;
  readonly #datasets = new Map<string, LineDataset[]>();

  constructor(canvas: HTMLCanvasElement) {
    this.#chart = new Chart<'line', Point[]>(canvas, {
      type: 'line',
      data: { datasets: [] },
      options: {
        animation: false,
        parsing: false,
        normalized: true,
        spanGaps: false,
        responsive: false,
        maintainAspectRatio: false,
        events: [],
        layout: { padding: { top: 6, right: 8, bottom: 0, left: 8 } },
        elements: { point: { radius: 0, hitRadius: 0 }, line: { tension: 0, borderJoinStyle: 'round' } },
      },
      plugins: [this.#minorTicks(), this.#lostPoints()],
    });
  }

  draw(frame: ChartFrame, theme: ChartTheme): ChartGeometry {
    this.#frame = frame;
    this.#theme = theme;
    const chart = this.#chart;
    const width = Math.max(40, frame.width);
    const height = Math.max(40, frame.height);
    const scale = Math.max(1, window.devicePixelRatio);
    if (chart.width !== width || chart.height !== height || chart.currentDevicePixelRatio !== scale) {
      chart.options.devicePixelRatio = scale;
      chart.resize(width, height);
    }
    chart.options.layout = { padding: { top: 6, right: frame.labelWidth, bottom: 0, left: 8 } };
    chart.options.scales = { x: this.#horizontal(frame, theme), y: this.#vertical(frame, theme) };
    chart.data.datasets = frame.lines.flatMap((line) => this.#kept(line.id, datasets(line, frame, theme, width)));
    chart.update('none');
    return this.#geometry();
  }

  destroy(): void {
    this.#chart.destroy();
  }

  /** What is drawn again is drawn by the same object: for a new one Chart.js sets up all that it knows of a line anew. */
  #kept(line: string, layers: LineDataset[]): LineDataset[] {
    const former = this.#datasets.get(line);
    // A line with a band or without has other layers, and each of them its own properties.
    const kept =
      former?.length === layers.length
        ? layers.map((layer, index) => Object.assign(former[index] ?? {}, layer))
        : layers;
    this.#datasets.set(line, kept);
    return kept;
  }

  #geometry(): ChartGeometry {
    const { left, right, top, bottom } = this.#chart.chartArea;
    const frame = this.#frame;
    const xLow = frame?.x.low ?? 0;
    const xSpan = (frame?.x.high ?? 1) - xLow;
    const yOf = (value: number): number => (frame?.logarithmic === true ? Math.log(value) : value);
    const yLow = yOf(frame?.y.low ?? 0);
    const ySpan = yOf(frame?.y.high ?? 1) - yLow;
    return {
      left,
      right,
      top,
      bottom,
      xToPixel: (value) => left + ((value - xLow) / xSpan) * (right - left),
      pixelToX: (pixel) => xLow + ((pixel - left) / (right - left)) * xSpan,
      yToPixel: (value) => bottom - ((yOf(value) - yLow) / ySpan) * (bottom - top),
    };
  }

  #horizontal(frame: ChartFrame, theme: ChartTheme): AxisOptions {
    return {
      type: 'linear',
      min: frame.x.low,
      max: frame.x.high,
      grid: { drawOnChartArea: false, drawTicks: true, tickLength: 5, tickColor: theme.axis, color: theme.grid },
      border: { display: true, color: theme.axis, width: 1 },
      ticks: tickOptions(theme, 4, frame.formatX),
      afterBuildTicks: (axis) => {
        axis.ticks = frame.xTicks.major.map((value) => ({ value }));
      },
      afterFit: (axis) => {
        axis.height = 24;
      },
    };
  }

  #vertical(frame: ChartFrame, theme: ChartTheme): AxisOptions {
    return {
      type: frame.logarithmic ? 'logarithmic' : 'linear',
      min: frame.y.low,
      max: frame.y.high,
      grid: { color: theme.grid, drawTicks: false, lineWidth: 1 },
      border: { display: false },
      ticks: tickOptions(theme, 8, frame.formatY),
      afterBuildTicks: (axis) => {
        axis.ticks = frame.yTicks.major.map((value) => ({ value }));
      },
      // One width for all charts: the x axes of stacked charts must line up.
      afterFit: (axis) => {
        axis.width = 44;
      },
    };
  }

  /** Short unlabelled marks left of the plot, at the places that a logarithmic axis does not label. */
  #minorTicks(): Plugin<'line'> {
    return {
      id: 'minor-ticks',
      afterDraw: (chart) => {
        if (this.#frame === null || this.#theme === null || !this.#frame.logarithmic) return;
        const { ctx, chartArea } = chart;
        const { yToPixel } = this.#geometry();
        ctx.save();
        ctx.strokeStyle = withOpacity(this.#theme.axis, 0.55);
        ctx.lineWidth = 1;
        ctx.beginPath();
        for (const value of this.#frame.yTicks.minor) {
          const y = Math.round(yToPixel(value)) + 0.5;
          ctx.moveTo(chartArea.left - 3, y);
          ctx.lineTo(chartArea.left, y);
        }
        ctx.stroke();
        ctx.restore();
      },
    };
  }

  /** A cross at the upper edge where a line has a point that was not finite: the reader must not take the gap for calm. */
  #lostPoints(): Plugin<'line'> {
    return {
      id: 'lost-points',
      afterDraw: (chart) => {
        const [frame, theme] = [this.#frame, this.#theme];
        if (frame === null || theme === null) return;
        const { ctx, chartArea } = chart;
        const { xToPixel } = this.#geometry();
        ctx.save();
        ctx.lineWidth = 1.5;
        for (const line of frame.lines) {
          ctx.strokeStyle = theme.series[line.series] ?? theme.tick;
          ctx.beginPath();
          for (const at of line.lost) {
            if (at < frame.x.low || at > frame.x.high) continue;
            const [x, y] = [xToPixel(at), chartArea.top + 4];
            ctx.moveTo(x - 3, y - 3);
            ctx.lineTo(x + 3, y + 3);
            ctx.moveTo(x - 3, y + 3);
            ctx.lineTo(x + 3, y - 3);
          }
          ctx.stroke();
        }
        ctx.restore();
      },
    };
  }
}

const tickOptions = (theme: ChartTheme, padding: number, format: (value: number) => string): TickOptions => ({
  color: theme.tick,
  font: { family: theme.font, size: 11 },
  maxRotation: 0,
  autoSkip: false,
  padding,
  callback: (value: string | number) => format(Number(value)),
});

/** Band, unsmoothed ghost and line of one curve, thinned together so that the band's edges share their x. */
function datasets(line: ChartLine, frame: ChartFrame, theme: ChartTheme, width: number): LineDataset[] {
  const light = frame.emphasised === null || frame.emphasised.has(line.id);
  const front = frame.emphasised !== null && light;
  const crowded = frame.lines.length > crowd;
  const strength = light ? (crowded && !front ? 0.6 : 1) : dimmed;
  const colour = theme.series[line.series] ?? theme.tick;
  const floor = frame.logarithmic ? frame.y.low / 1e3 : Number.NEGATIVE_INFINITY;
  const drawable = (value: number | undefined): number =>
    value === undefined || !Number.isFinite(value) ? Number.NaN : Math.max(value, floor);
  const points = (y: Float64Array): Point[] =>
    visibleIndices(line.x, y, frame.x.low, frame.x.high, width).map((index) => ({
      x: line.x[index] ?? Number.NaN,
      y: drawable(y[index]),
    }));
  const built: LineDataset[] = [];
  const order = (layer: number): number => layer - (front ? 10 : 0);
  if (line.band !== null) {
    const { lower, upper } = line.band;
    const fill = withOpacity(colour, theme.bandOpacity * strength);
    const edge = { borderWidth: 0, pointRadius: 0, order: order(3) };
    built.push({ ...edge, data: points(upper), fill: '+1', backgroundColor: fill, borderColor: 'transparent' });
    built.push({ ...edge, data: points(lower), fill: false, borderColor: 'transparent' });
  }
  if (line.unsmoothed !== null) {
    built.push({
      data: points(line.unsmoothed),
      borderColor: withOpacity(colour, theme.ghostOpacity * strength),
      borderWidth: 1,
      pointRadius: 0,
      fill: false,
      order: order(2),
    });
  }
  const drawn = points(line.y);
  built.push({
    data: drawn,
    borderColor: withOpacity(colour, strength),
    borderWidth: crowded ? 1 : front ? 2.5 : theme.lineWidth,
    borderDash: [...(dashPatterns[line.dash] ?? [])],
    pointRadius: loneDots(drawn),
    pointBackgroundColor: withOpacity(colour, strength),
    pointBorderWidth: 0,
    fill: false,
    order: order(1),
  });
  return built;
}

/** A point with no neighbour to draw a line to, as of a run with a single evaluation, shows as a dot. */
function loneDots(points: readonly Point[]): number[] | number {
  const isGap = (point: Point | undefined): boolean => point === undefined || Number.isNaN(point.y);
  const isLone = (point: Point, index: number): boolean =>
    !isGap(point) && isGap(points[index - 1]) && isGap(points[index + 1]);
  // Most lines have none, and are drawn several times a second while they grow.
  return points.some(isLone) ? points.map((point, index) => (isLone(point, index) ? 3 : 0)) : 0;
}
