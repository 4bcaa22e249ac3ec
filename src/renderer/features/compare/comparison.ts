import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { plannedSteps } from '../../../contracts/run-record.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { seriesDescription } from '../../../contracts/series.ts';
import type { SeriesDescription } from '../../../contracts/series-description.ts';
import type { ChartLine, Range } from '../../charts/chart-port.ts';
import { useCurves } from '../../stores/curves.ts';
import type { RunStretch } from '../../stores/curves.ts';
import { useRuns } from '../../stores/runs.ts';
import { bestSoFar } from './best-so-far.ts';
import { useCompareView } from './compare-view.ts';
import { filterRuns } from '../../../contracts/run-filter.ts';
import { measureGap } from './gap.ts';
import { GroupLines } from './group-lines.ts';
import type { CurveOf, DrawingChoice } from './group-lines.ts';
import { groupBest, groupRuns, isUnfinished, latestSetting } from './grouping.ts';
import type { GroupBest, RunGroup } from './grouping.ts';
import { Memo } from './memo.ts';
import { reachedByMost, sharedEnd, valuesAt } from './values-at.ts';
import type { ValueRow } from './values-at.ts';
import { groupKey } from './view-state.ts';
import { useWholeAverages } from './whole-averages.ts';
import { stepsOnAxis, xAxisDescription } from './x-axis.ts';

/** More lines than this on a chart tell nothing: the best of the shown groups are drawn. */
export const mostDrawn = 24;
/** The series of the gap, of the column in the run table and of its small curves. */
export const accuracy = 'validation/accuracy';

export interface ChartContent {
  readonly series: SeriesDescription;
  readonly logarithmic: boolean;
  readonly lines: readonly ChartLine[];
  /** Drawn groups that record the series. */
  readonly groups: number;
}

/** What is compared and everything computed from it. Nothing here draws. */
export const useComparison = defineStore('comparison', () => {
  const runs = useRuns();
  const curves = useCurves();
  const view = useCompareView();
  /** Curves grow without being reactive; their version is. Nothing is there before the first. */
  const curveOf: CurveOf = (run, series) => (curves.version === 0 ? undefined : curves.curve(run, series));
  const averages = useWholeAverages();
  const lines = new GroupLines(curveOf, averages.average);
  const lineLists = new Memo<readonly ChartLine[]>();

  const scoped = computed<readonly RunRecord[]>(() => {
    const { scope } = view.state;
    if (scope === 'all') return runs.records;
    if (scope === 'latest') return latestSetting(runs.records);
    const chosen = new Set(scope);
    return runs.records.filter(({ id }) => chosen.has(id));
  });
  const selected = computed(() => filterRuns(scoped.value, view.state.query));
  const groups = computed(() => {
    const found = groupRuns(selected.value);
    return view.state.sort === 'best' ? found : found.toSorted(byMethod);
  });

  const isShown = (group: RunGroup): boolean => {
    const { isolated, hidden } = view.state;
    const key = groupKey(group.id);
    return isolated.length > 0 ? isolated.includes(key) : !hidden.includes(key);
  };
  const shown = computed(() => groups.value.filter(isShown));
  const drawn = computed(() => shown.value.slice(0, mostDrawn));

  /** Also where it is hidden: differences are still taken to it. */
  const baseline = computed<RunGroup | null>(() => {
    const among = groups.value;
    const pinned = among.find(({ id }) => groupKey(id) === view.state.baseline);
    const usual = ['small-batch', 'large-batch'] as const;
    const standing = usual.map((method) => among.find((group) => group.method === method));
    return pinned ?? standing.find((group) => group !== undefined) ?? among[0] ?? null;
  });

  /** Group that has the focus, also through one of its runs. */
  const focused = computed<RunGroup | null>(() => {
    const { focus } = view.state;
    if (focus === null) return null;
    const found = groups.value.find(
      ({ id, runs: seeds }) => groupKey(id) === focus || seeds.some((run) => run.id === focus),
    );
    return found ?? null;
  });

  const bestOf = (run: RunRecord): number | null => bestSoFar(run, curveOf(run.id, accuracy));
  const bests = computed<ReadonlyMap<string, GroupBest | null>>(
    () => new Map(groups.value.map((group) => [group.id, groupBest(group.runs, bestOf)])),
  );
  const gap = computed(() => measureGap(shown.value, bestOf));

  const choice = computed<DrawingChoice>(() => {
    const { axis, smoothing, aggregation } = view.state;
    return { axis, smoothing, aggregation };
  });

  const isLogarithmic = (series: SeriesDescription): boolean =>
    view.state.scale === 'auto' ? series.scale === 'logarithmic' : view.state.scale === 'log';

  const charts = computed<readonly ChartContent[]>(() => {
    const contents = view.state.series.map((name): ChartContent => {
      const series = seriesDescription(name);
      const logarithmic = isLogarithmic(series);
      const perGroup = drawn.value.map((group) => lines.lines(group, name, choice.value, logarithmic));
      // The same list while its lines are the same: a chart draws itself again only when something changed.
      const list = lineLists.get(name, perGroup, () => perGroup.flat());
      return { series, logarithmic, lines: list, groups: perGroup.filter(({ length }) => length > 0).length };
    });
    lines.sweep();
    lineLists.sweep();
    return contents;
  });

  /** The first shown chart: its values are the ones that differences are taken of. */
  const primary = computed(() => charts.value[0] ?? null);

  /** x of all charts, so that their axes line up; while runs train, to where they will end. */
  const span = computed<Range>(() => {
    let high = 0;
    for (const { lines: list } of charts.value) for (const { x } of list) high = Math.max(high, x.at(-1) ?? 0);
    for (const group of drawn.value) high = Math.max(high, plannedEnd(group) ?? 0);
    return { low: 0, high: high > 0 ? high : 1 };
  });

  /** x at which a group's running seeds will end: from the share of the steps behind them. */
  function plannedEnd(group: RunGroup): number | null {
    const { axis } = view.state;
    const [first] = group.runs;
    const planned = first === undefined ? 0 : plannedSteps(first);
    if (!group.runs.some(isUnfinished)) return null;
    if (axis === 'step') return planned;
    // How long the rest takes nobody knows; the axis follows the clock.
    if (axis === 'time') return null;
    const place = xAxisDescription(axis).series;
    const ends = group.runs.flatMap((run) => {
      const progress = place === null ? undefined : curveOf(run.id, place);
      const [step, at] = [progress?.x.at(-1), progress?.y.at(-1)];
      return step === undefined || at === undefined || step === 0 ? [] : [(at * planned) / step];
    });
    return ends.length === 0 ? null : Math.max(...ends);
  }

  /** Steps of the drawn runs that the reader has zoomed into; none while the whole is shown. */
  const stretches = computed<readonly RunStretch[]>(() => {
    const { zoom, axis } = view.state;
    if (zoom === null) return [];
    const [low, high] = zoom;
    const place = xAxisDescription(axis).series;
    return drawn.value.flatMap((group) =>
      group.runs.flatMap(({ id }) => {
        const steps = place === null ? zoom : stepsOnAxis(low, high, curveOf(id, place));
        return steps === null ? [] : [{ run: id, from: Math.floor(steps[0]), to: Math.ceil(steps[1]) }];
      }),
    );
  });

  const moving = shallowRef<number | null>(null);
  /** Where the cursor rests: the last x that most finished groups reach. One short trial does not draw it to itself. */
  const resting = computed<number | null>(() => {
    const name = primary.value?.series.name;
    if (name === undefined) return null;
    const endsOf = (among: readonly RunGroup[]): number[] =>
      among.map((group) => sharedEnd(lines, group, name, choice.value)).filter((end) => end !== null);
    const finished = endsOf(drawn.value.filter((group) => !group.runs.some(isUnfinished)));
    const ends = finished.length > 0 ? finished : endsOf(drawn.value);
    return reachedByMost(ends);
  });
  const cursor = computed<number | null>(() => {
    if (view.state.pin !== null) return view.state.pin;
    const at = moving.value ?? resting.value;
    const { zoom } = view.state;
    if (at === null || zoom === null || (at >= zoom[0] && at <= zoom[1])) return at;
    // Outside of what is shown: the last point inside.
    const x = longestLine(primary.value?.lines ?? []).filter((each) => each >= zoom[0] && each <= zoom[1]);
    return x.at(-1) ?? at;
  });

  const values = computed<readonly ValueRow[]>(() => {
    const at = cursor.value;
    const series = charts.value.map(({ series: { name }, logarithmic }) => ({ name, logarithmic }));
    if (at === null || series.length === 0) return [];
    return valuesAt(lines, drawn.value, series, choice.value, at, baseline.value);
  });

  return {
    scoped,
    selected,
    groups,
    shown,
    drawn,
    isShown,
    baseline,
    focused,
    curveOf,
    bestOf,
    bests,
    gap,
    charts,
    stretches,
    primary,
    span,
    moving,
    cursor,
    values,
  };
});

/** The x of the line that has most points. */
export const longestLine = (lines: readonly ChartLine[]): Float64Array =>
  lines.reduce<Float64Array>((best, { x }) => (x.length > best.length ? x : best), new Float64Array());

function byMethod(a: RunGroup, b: RunGroup): number {
  return a.label.localeCompare(b.label, 'en');
}
