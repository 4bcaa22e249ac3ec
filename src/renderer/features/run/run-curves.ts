import { methodDescription } from '../../../contracts/methods.ts';
import type { MethodId } from '../../../contracts/methods.ts';
import { hasSpec } from '../../../contracts/run-record.ts';
import type { RunRecord, SpecifiedRun } from '../../../contracts/run-record.ts';
import { seriesCatalogue, seriesDescription } from '../../../contracts/series.ts';
import { aggregateCurves } from '../../../statistics/aggregate.ts';
import type { Curve } from '../../../statistics/curves.ts';
import type { ChartLine } from '../../charts/chart-port.ts';
import { methodLook, methodWord } from '../runs/run-words.ts';

/** A series in a chart: its name, and what tells it from the others there; empty where it is the only one. */
export interface FacetSeries {
  readonly name: string;
  readonly short: string;
}

/** A chart of a run's page: the series it shows, the first in the colour of the method, the others beside it. */
export interface Facet {
  readonly title: string;
  readonly unit: string;
  readonly logarithmic: boolean;
  readonly percent: boolean;
  readonly series: readonly FacetSeries[];
  /** Whether the small-batch runs of the same task stand behind it. */
  readonly withBaseline: boolean;
  /** Whether it is of the machine, which has no method's colour. */
  readonly neutral: boolean;
  /** Whether it begins with a climb, which is no longer of interest once it is past. */
  readonly climbs: boolean;
}

/** A chart of series, by name, each with the word that tells it from the others; the first gives unit and scale. */
export function facet(
  series: Readonly<Record<string, string>>,
  options: { readonly title?: string; readonly withBaseline?: boolean } = {},
): Facet {
  const named = Object.entries(series).map(([name, short]) => ({ name, short }));
  const { label, unit, scale } = seriesDescription(named[0]?.name ?? '');
  return {
    title: options.title ?? label,
    unit: scale === 'logarithmic' ? `${unit === '' ? '' : `${unit}, `}log` : unit,
    logarithmic: scale === 'logarithmic',
    percent: unit === '%',
    series: named,
    withBaseline: options.withBaseline === true,
    neutral: named.every(({ name }) => name.startsWith('system/')),
    climbs: scale === 'linear' && named.every(({ name }) => !/^(system|instrument)\//.test(name)),
  };
}

/** The charts of a run: what it learned, how well it fits, and the quantities that its method is about. */
export function facetsOf({ spec, final }: RunRecord): Facet[] {
  if (spec === null) return recordedFacets(Object.keys(final));
  return [
    facet(
      { 'validation/accuracy': 'validation', 'train/accuracy': 'train' },
      { title: 'Accuracy', withBaseline: true },
    ),
    facet({ 'train/loss': 'train', 'validation/loss': 'validation' }, { title: 'Loss' }),
    facet({ 'train/micro_gradient_norm_squared': '' }, { withBaseline: true }),
    methodFacet(spec.method),
  ];
}

/** The charts of the machine that trained a run; of a graphics card only where one was used. */
export const machineFacets: readonly Facet[] = [
  facet({ 'system/steps_per_second': '' }),
  facet({ 'system/cpu_machine': 'machine', 'system/cpu_process': 'run' }, { title: 'Processor' }),
  facet({ 'system/memory_free': 'free', 'system/memory_process': 'run' }, { title: 'Memory' }),
  facet({ 'system/disk_free': '' }),
  facet({ 'system/write_rate': '' }),
  facet({ 'system/gpu_load': '' }),
  facet({ 'system/gpu_memory': '' }),
  facet({ 'system/gpu_temperature': '' }),
];

/** Names of every series that charts show. */
export const seriesOf = (facets: readonly Facet[]): string[] => [
  ...new Set(facets.flatMap(({ series }) => series.map(({ name }) => name))),
];

/** An imported run may have recorded anything: a chart a series, those of the catalogue first. */
function recordedFacets(names: readonly string[]): Facet[] {
  const known = seriesCatalogue.filter(({ name }) => names.includes(name)).map(({ name }) => name);
  const others = names.filter((name) => !known.includes(name)).toSorted();
  return [...known, ...others].slice(0, mostFacets).map((name) => facet({ [name]: '' }));
}

/** Charts of an imported run's page; Compare draws any series. */
const mostFacets = 12;

/** The quantity that a method adds to the loss, replaces or climbs to; the step of those that do none of it. */
function methodFacet(method: MethodId): Facet {
  const { fields } = methodDescription(method);
  if (fields.includes('lambda')) return facet({ 'train/penalty_lambda': '' });
  if (fields.includes('graft')) {
    return facet(
      { 'train/gradient_norm': 'own', 'train/graft_norm': 'grafted' },
      { title: 'Gradient norm, own and grafted' },
    );
  }
  if (method === 'sharpness-aware' || method === 'micro-sharpness-aware') {
    return facet({ 'train/ascended_loss': 'ascended', 'train/loss': 'here' }, { title: 'Loss, here and ascended' });
  }
  return facet(
    { 'train/gradient_norm': 'norm', 'train/step_length': 'step' },
    { title: 'Gradient norm and step length' },
  );
}

/**
 * The replicates of plain small batch on the same task, against which every other method is read: those with the run's
 * own learning rate before others, then the largest set.
 */
export function baselineRuns(record: RunRecord, records: readonly RunRecord[]): RunRecord[] {
  if (!hasSpec(record) || record.spec.method === 'small-batch') return [];
  const task = (run: SpecifiedRun): string => JSON.stringify([run.spec.model, run.spec.dataset]);
  const sets = new Map<string, SpecifiedRun[]>();
  for (const other of records.filter(hasSpec)) {
    if (other.spec.method !== 'small-batch' || other.best === null || task(other) !== task(record)) continue;
    sets.set(other.groupHash, [...(sets.get(other.groupHash) ?? []), other]);
  }
  const sameRate = (set: readonly SpecifiedRun[]): number =>
    Number(set[0]?.spec.learningRate === record.spec.learningRate);
  const [best] = [...sets.values()].sort((a, b) => sameRate(b) - sameRate(a) || b.length - a.length);
  return best ?? [];
}

/** Quiet grey, for what stands beside or behind the run's own line. */
const besideSeries = 9;

export interface CurveSource {
  curve(run: string, series: string): Curve | undefined;
}

/** The lines of a facet, the run's own last so that it lies on top. */
export function facetLines(
  shown: Facet,
  record: RunRecord,
  baseline: readonly RunRecord[],
  source: CurveSource,
): ChartLine[] {
  const scale = scaleOf(shown);
  const live = record.status === 'running';
  // Every line of a chart has a dash of its own: some methods' colours are hard to tell from grey.
  const main = shown.neutral ? { series: besideSeries, dash: 1 } : methodLook(record.spec);
  const own = shown.series.flatMap(({ name, short }, index): ChartLine[] => {
    const curve = source.curve(record.id, name);
    if (curve === undefined || curve.x.length === 0) return [];
    const look = index === 0 ? main : { series: besideSeries, dash: main.dash === 1 ? 2 : 1 };
    const words = { name: seriesDescription(name).label, short };
    return [line(name, words, look, scaled(curve, scale), index === 0 && live)];
  });
  const beside = shown.withBaseline ? baselineLine(shown, baseline, source, main.dash === 3 ? 4 : 3) : [];
  return [...beside, ...own.toReversed()];
}

function baselineLine(shown: Facet, baseline: readonly RunRecord[], source: CurveSource, dash: number): ChartLine[] {
  const curves = baseline
    .map(({ id }) => source.curve(id, shown.series[0]?.name ?? ''))
    .filter((curve) => curve !== undefined && curve.x.length > 0)
    .filter((curve) => curve !== undefined);
  const [first] = baseline;
  if (first === undefined || curves.length === 0) return [];
  const { x, mean } = aggregateCurves(curves);
  const name = `${methodWord(first.spec)}, n = ${String(curves.length)}`;
  return [
    line(
      'baseline',
      { name, short: name.toLowerCase() },
      { series: besideSeries, dash },
      scaled({ x, y: mean }, scaleOf(shown)),
      false,
    ),
  ];
}

const scaleOf = ({ percent }: Facet): number => (percent ? 100 : 1);

function scaled({ x, y }: Curve, scale: number): Curve {
  return scale === 1 ? { x, y } : { x, y: y.map((value) => value * scale) };
}

function line(
  id: string,
  { name, short }: { readonly name: string; readonly short: string },
  look: { readonly series: number; readonly dash: number },
  { x, y }: Curve,
  live: boolean,
): ChartLine {
  const lost: number[] = [];
  for (let index = 0; index < y.length; index += 1) if (!Number.isFinite(y[index])) lost.push(x[index] ?? 0);
  return { id, name, label: null, shortLabel: short, ...look, x, y, band: null, unsmoothed: null, live, lost };
}
