import { indexAt } from '../../../statistics/curves.ts';
import type { Curve } from '../../../statistics/curves.ts';
import { formatCount, formatNumber } from '../../format/numbers.ts';

/** What the charts can have on x. */
export const xAxes = ['step', 'epoch', 'samples', 'evaluations', 'time'] as const;
export type XAxis = (typeof xAxes)[number];

export interface XAxisDescription {
  readonly id: XAxis;
  /** As in a menu. */
  readonly label: string;
  /** As in a sentence: 'at step 1,200', 'at 12.5 epochs'. */
  readonly at: (value: number) => string;
  /** Series of a run that says where its steps lie on the axis; null for the steps themselves. */
  readonly series: string | null;
  /** Label of a tick; `span` is the width of the axis. */
  readonly tick: (value: number, span: number) => string;
}

const thinSpace = '\u2009';

/** Counts too long for a tick get an M for million. */
function count(value: number, span: number): string {
  if (span < 2e6) return formatCount(value);
  const millions = value / 1e6;
  return value === 0 ? '0' : `${formatNumber(millions, millions % 1 === 0 || span > 2e7 ? 0 : 1)}${thinSpace}M`;
}

function decimals(value: number, span: number): string {
  if (span >= 10) return Number.isInteger(value) || span >= 100 ? formatCount(value) : formatNumber(value, 1);
  return formatNumber(value, span >= 1 ? 1 : 2);
}

/** Seconds in the unit that the span asks for. */
function time(value: number, span: number): string {
  const [size, unit] = span <= 600 ? [1, 's'] : span <= 6 * 3600 ? [60, 'min'] : [3600, 'h'];
  const shown = value / size;
  const whole = Math.abs(shown - Math.round(shown)) < 1e-9;
  return `${whole ? formatCount(shown) : formatNumber(shown, 1)}${thinSpace}${unit}`;
}

const axes: Readonly<Record<XAxis, XAxisDescription>> = {
  step: {
    id: 'step',
    label: 'step',
    at: (value) => `step ${formatCount(value)}`,
    series: null,
    tick: count,
  },
  epoch: {
    id: 'epoch',
    label: 'epoch',
    at: (value) => `epoch ${formatNumber(value, 1)}`,
    series: 'progress/epoch',
    tick: decimals,
  },
  samples: {
    id: 'samples',
    label: 'data seen',
    at: (value) => `${formatCount(value)} images seen`,
    series: 'progress/samples',
    tick: count,
  },
  evaluations: {
    id: 'evaluations',
    label: 'gradient evaluations',
    at: (value) => `${formatCount(value)} gradient evaluations`,
    series: 'progress/gradient_evaluations',
    tick: count,
  },
  time: {
    id: 'time',
    label: 'wall time',
    at: (value) => `${time(value, value)} of training`,
    series: 'system/seconds',
    tick: time,
  },
};

export const xAxisDescription = (axis: XAxis): XAxisDescription => axes[axis];

/** The steps of a run that lie in a range of an axis, from the one before to the one after; null until that is known. */
export function stepsOnAxis(low: number, high: number, progress: Curve | undefined): [from: number, to: number] | null {
  if (progress === undefined || progress.x.length === 0) return null;
  const { x, y } = progress;
  const before = x[indexAt(y, low)] ?? 0;
  const after = x[Math.min(x.length - 1, indexAt(y, high) + 1)] ?? 0;
  return [before, after];
}

/**
 * A recorded curve over another axis: its steps placed on what the run's progress series says of them. Linear between
 * records, from 0 at step 0, onwards with the last slope.
 */
export function onAxis(curve: Curve, progress: Curve | undefined): Curve {
  if (progress === undefined || progress.x.length === 0) return { x: new Float64Array(), y: new Float64Array() };
  const { x: steps, y: places } = progress;
  const x = new Float64Array(curve.x.length);
  const end = steps.length - 1;
  let last = Number.NEGATIVE_INFINITY;
  let right = 0;
  for (let index = 0; index < x.length; index += 1) {
    const step = curve.x[index] ?? 0;
    while (right < end && (steps[right] ?? 0) < step) right += 1;
    const rightStep = steps[right] ?? 0;
    const rightPlace = places[right] ?? 0;
    const leftStep = right === 0 ? 0 : (steps[right - 1] ?? 0);
    const leftPlace = right === 0 ? 0 : (places[right - 1] ?? 0);
    const slope = rightStep === leftStep ? 0 : (rightPlace - leftPlace) / (rightStep - leftStep);
    // A clock that was set back, or rounding, must not turn the axis round.
    last = Math.max(last, rightStep === step ? rightPlace : leftPlace + slope * (step - leftStep));
    x[index] = last;
  }
  return { x, y: curve.y };
}
