import { seedOf } from '../../../contracts/run-record.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { aggregateCurves, intervalHalfWidth } from '../../../statistics/aggregate.ts';
import type { Aggregate } from '../../../statistics/aggregate.ts';
import { smooth } from '../../../statistics/curves.ts';
import type { Curve } from '../../../statistics/curves.ts';
import type { ChartLine } from '../../charts/chart-port.ts';
import { isUnfinished } from './grouping.ts';
import type { RunGroup } from './grouping.ts';
import { Memo } from './memo.ts';
import { onAxis, xAxisDescription } from './x-axis.ts';
import type { XAxis } from './x-axis.ts';

/** How the seeds of a group become what is drawn. */
export const aggregations = ['std', 'interval', 'range', 'none'] as const;
export type Aggregation = (typeof aggregations)[number];

export interface DrawingChoice {
  readonly axis: XAxis;
  /** Weight of the debiased average, 0 to 0.99; 0 leaves the curves as they are. */
  readonly smoothing: number;
  readonly aggregation: Aggregation;
}

/** Recorded points of a run's series; undefined until they are read, or where the run has no such series. */
export type CurveOf = (run: string, series: string) => Curve | undefined;

/** The average over all recorded points, one value a point of the curve; undefined where the curve has them all itself. */
export type AverageOf = (
  run: string,
  series: string,
  curve: Curve,
  smoothing: { readonly weight: number; readonly logarithmic: boolean },
) => Float64Array | undefined;

const nothing: Curve = { x: new Float64Array(), y: new Float64Array() };

/**
 * Turns recorded curves into drawn lines: placed on the axis, smoothed run by run, then aggregated over
 * seeds. Every stage is kept per run, series and version of its curve.
 */
export class GroupLines {
  readonly #curveOf: CurveOf;
  readonly #averageOf: AverageOf;
  readonly #curves = new Memo<Curve>();
  readonly #values = new Memo<Float64Array>();
  readonly #aggregates = new Memo<Aggregate>();
  readonly #lines = new Memo<ChartLine[]>();

  constructor(curveOf: CurveOf, averageOf: AverageOf = () => undefined) {
    this.#curveOf = curveOf;
    this.#averageOf = averageOf;
  }

  /** The curve of one run on the axis, as recorded. */
  raw(run: string, series: string, axis: XAxis): Curve {
    const curve = this.#curveOf(run, series);
    if (curve === undefined) return nothing;
    const place = xAxisDescription(axis).series;
    if (place === null) return curve;
    const progress = this.#curveOf(run, place);
    return this.#curves.get(`axis ${axis} ${series} ${run}`, [curve, progress], () => onAxis(curve, progress));
  }

  /** The curve of one run as it is drawn and read off: on the axis, smoothed. */
  smoothed(run: string, series: string, choice: DrawingChoice, logarithmic: boolean): Curve {
    const curve = this.raw(run, series, choice.axis);
    if (choice.smoothing === 0) return curve;
    const { smoothing } = choice;
    const key = `${series} ${run}`;
    // The values do not change with the axis that they stand over.
    const recorded = curve.x.length === 0 ? undefined : this.#curveOf(run, series);
    const whole = recorded && this.#averageOf(run, series, recorded, { weight: smoothing, logarithmic });
    const y =
      whole ?? this.#values.get(key, [curve.y, smoothing, logarithmic], () => smooth(curve.y, smoothing, logarithmic));
    return this.#curves.get(`smooth ${key}`, [curve.x, y], () => ({ x: curve.x, y }));
  }

  /** What one chart draws of a group: one line, or one a seed. Empty while nothing is recorded. */
  lines(group: RunGroup, series: string, choice: DrawingChoice, logarithmic: boolean): ChartLine[] {
    const live = group.runs.some(isUnfinished);
    const smoothed = group.runs.map(({ id }) => this.smoothed(id, series, choice, logarithmic));
    const raw = group.runs.map(({ id }) => this.raw(id, series, choice.axis));
    const key = `${series} ${group.id}`;
    const { label, shortLabel, dash } = group;
    const inputs = [choice.aggregation, logarithmic, live, label, shortLabel, dash, ...smoothed, ...raw];
    return this.#lines.get(key, inputs, () => {
      if (smoothed.every((curve) => curve.x.length === 0)) return [];
      return choice.aggregation === 'none'
        ? seedLines(group, smoothed, raw)
        : [this.#groupLine(group, key, smoothed, raw, choice.aggregation, logarithmic, live)];
    });
  }

  #groupLine(
    group: RunGroup,
    key: string,
    smoothed: readonly Curve[],
    raw: readonly Curve[],
    aggregation: Exclude<Aggregation, 'none'>,
    logarithmic: boolean,
    live: boolean,
  ): ChartLine {
    const aggregate = this.#aggregates.get(`smoothed ${key}`, smoothed, () => aggregateCurves(smoothed));
    const isSmooth = smoothed.some((curve, index) => curve !== raw[index]);
    return {
      ...look(group),
      id: group.id,
      name: group.label,
      label: group.label,
      shortLabel: group.shortLabel,
      x: aggregate.x,
      y: aggregate.mean,
      band: bandOf(aggregate, aggregation, logarithmic),
      unsmoothed: isSmooth ? this.#aggregates.get(`raw ${key}`, raw, () => aggregateCurves(raw)).mean : null,
      live,
      lost: raw.flatMap(lostPoints),
    };
  }

  /** Forgets what was not drawn since the last call. */
  sweep(): void {
    this.#curves.sweep();
    this.#values.sweep();
    this.#aggregates.sweep();
    this.#lines.sweep();
  }
}

const look = (group: RunGroup): Pick<ChartLine, 'series' | 'dash'> => ({ series: group.series, dash: group.dash });

function memberName(group: RunGroup, run: RunRecord): string {
  const seed = seedOf(run);
  return seed === null ? group.label : `${group.label}, seed ${String(seed)}`;
}

/** One line a seed; the longest carries the group's name. */
function seedLines(group: RunGroup, smoothed: readonly Curve[], raw: readonly Curve[]): ChartLine[] {
  const longest = smoothed.reduce((best, curve, index) => {
    const length = smoothed[best]?.x.length ?? 0;
    return curve.x.length > length ? index : best;
  }, 0);
  return group.runs.flatMap((run, index): ChartLine[] => {
    const curve = smoothed[index];
    if (curve === undefined || curve.x.length === 0) return [];
    return [
      {
        ...look(group),
        id: run.id,
        name: memberName(group, run),
        label: index === longest ? group.label : null,
        shortLabel: group.shortLabel,
        x: curve.x,
        y: curve.y,
        band: null,
        unsmoothed: curve === raw[index] ? null : (raw[index]?.y ?? null),
        live: isUnfinished(run),
        lost: lostPoints(raw[index] ?? nothing),
      },
    ];
  });
}

function lostPoints({ x, y }: Curve): number[] {
  const lost: number[] = [];
  for (let index = 0; index < y.length; index += 1) {
    if (!Number.isFinite(y[index])) lost.push(x[index] ?? Number.NaN);
  }
  return lost;
}

function bandOf(
  aggregate: Aggregate,
  aggregation: Exclude<Aggregation, 'none'>,
  logarithmic: boolean,
): ChartLine['band'] {
  if (aggregation === 'range') return { lower: aggregate.least, upper: aggregate.greatest };
  const half = aggregation === 'std' ? aggregate.std : intervalHalfWidth(aggregate);
  const lower = aggregate.mean.map((mean, index) => mean - (half[index] ?? Number.NaN));
  return {
    // A spread as large as the mean has no lower edge on a logarithmic axis; there the least seed is one.
    lower: logarithmic ? lower.map((value, index) => Math.max(value, aggregate.least[index] ?? value)) : lower,
    upper: aggregate.mean.map((mean, index) => mean + (half[index] ?? Number.NaN)),
  };
}
