import { aggregations } from './group-lines.ts';
import type { Aggregation } from './group-lines.ts';
import { xAxes } from './x-axis.ts';
import type { XAxis } from './x-axis.ts';

export const scales = ['auto', 'linear', 'log'] as const;
export type Scale = (typeof scales)[number];

/** Which runs are compared before the filter: those of the newest run's data and model, all, or chosen ones. */
export type Scope = 'latest' | 'all' | readonly string[];

/** Everything of the screen that a reload keeps: it travels in the address. Groups go by a beginning of their hash. */
export interface ViewState {
  readonly scope: Scope;
  readonly query: string;
  readonly axis: XAxis;
  readonly smoothing: number;
  readonly scale: Scale;
  readonly aggregation: Aggregation;
  /** Series of the charts in their order. */
  readonly series: readonly string[];
  /** The one chart that fills the room; null shows all. */
  readonly maximised: string | null;
  /** Charts that show as tables. */
  readonly tables: readonly string[];
  readonly hidden: readonly string[];
  /** Only these groups show; empty: no isolation. */
  readonly isolated: readonly string[];
  readonly expanded: readonly string[];
  readonly baseline: string | null;
  /** A group, or the id of one of its runs. */
  readonly focus: string | null;
  readonly sort: 'best' | 'method';
  readonly zoom: readonly [low: number, high: number] | null;
  /** Pinned place of the cursor on x. */
  readonly pin: number | null;
}

export const initialView: ViewState = {
  scope: 'latest',
  query: '',
  axis: 'step',
  smoothing: 0,
  scale: 'auto',
  aggregation: 'std',
  series: ['validation/accuracy', 'train/loss', 'train/micro_gradient_norm_squared', 'train/penalty_lambda'],
  maximised: null,
  tables: [],
  hidden: [],
  isolated: [],
  expanded: [],
  baseline: null,
  focus: null,
  sort: 'best',
  zoom: null,
  pin: null,
};

export type Query = Readonly<Record<string, string>>;

/** The address of a view; what is as at the start is left out. */
export function writeView(view: ViewState): Query {
  const all: Record<string, string> = {
    runs: typeof view.scope === 'string' ? (view.scope === 'all' ? 'all' : '') : view.scope.join(','),
    q: view.query,
    x: view.axis === initialView.axis ? '' : view.axis,
    smooth: view.smoothing === 0 ? '' : String(view.smoothing),
    scale: view.scale === 'auto' ? '' : view.scale,
    spread: view.aggregation === 'std' ? '' : view.aggregation,
    charts: sameList(view.series, initialView.series) ? '' : view.series.join(','),
    max: view.maximised ?? '',
    tables: view.tables.join(','),
    hide: view.hidden.join(','),
    only: view.isolated.join(','),
    open: view.expanded.join(','),
    base: view.baseline ?? '',
    focus: view.focus ?? '',
    sort: view.sort === 'best' ? '' : view.sort,
    zoom: view.zoom === null ? '' : view.zoom.map(short).join(','),
    at: view.pin === null ? '' : short(view.pin),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** The view of an address. What it does not say, or says wrongly, is as at the start. */
export function readView(query: Readonly<Record<string, unknown>>): ViewState {
  const text = (name: string): string => {
    const value = query[name];
    return typeof value === 'string' ? value : '';
  };
  const list = (name: string): string[] => text(name).split(',').filter(Boolean);
  const [low, high] = list('zoom').map(Number);
  const series = list('charts');
  return {
    scope: text('runs') === 'all' ? 'all' : list('runs').length > 0 ? list('runs') : 'latest',
    query: text('q'),
    axis: oneOf(xAxes, text('x')) ?? initialView.axis,
    smoothing: within(Number(text('smooth')), 0, 0.99),
    scale: oneOf(scales, text('scale')) ?? 'auto',
    aggregation: oneOf(aggregations, text('spread')) ?? 'std',
    series: series.length > 0 ? series : initialView.series,
    maximised: text('max') || null,
    tables: list('tables'),
    hidden: list('hide'),
    isolated: list('only'),
    expanded: list('open'),
    baseline: text('base') || null,
    focus: text('focus') || null,
    sort: text('sort') === 'method' ? 'method' : 'best',
    zoom: low !== undefined && high !== undefined && high > low ? [low, high] : null,
    pin: text('at') !== '' && Number.isFinite(Number(text('at'))) ? Number(text('at')) : null,
  };
}

/** A beginning of a group's hash, long enough to be its own and short enough for an address. */
export const groupKey = (groupHash: string): string => groupHash.slice(0, 8);

const oneOf = <T extends string>(allowed: readonly T[], text: string): T | undefined =>
  allowed.find((each) => each === text);

const within = (value: number, low: number, high: number): number =>
  Number.isFinite(value) ? Math.max(low, Math.min(high, value)) : low;

const short = (value: number): string => String(Number(value.toPrecision(8)));

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);
