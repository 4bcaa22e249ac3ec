import { useCommands } from '../../commands/commands.ts';
import type { OfferedCommand } from '../../commands/commands.ts';
import { useRouter } from 'vue-router';
import { useCatalogue } from '../../stores/catalogue.ts';
import { useExporting } from '../exporting/export-jobs.ts';
import { useCompareView } from './compare-view.ts';
import { useComparison } from './comparison.ts';
import { useCursorSteps } from './cursor-steps.ts';
import { runRows } from './run-rows.ts';
import type { RunRow } from './run-rows.ts';
import { groupKey, initialView, scales } from './view-state.ts';
import { xAxes } from './x-axis.ts';

const smoothingStep = 0.1;

export interface CompareHooks {
  readonly focusFilter: () => void;
  /** Series of the chart that the reader is at, for 'as table'. */
  readonly activeSeries: () => string | null;
}

/** Everything that the comparison screen does by keyboard and in the palette. */
export function useCompareCommands(hooks: CompareHooks): void {
  const view = useCompareView();
  const comparison = useComparison();
  const cursor = useCursorSteps();
  const router = useRouter();
  const exporting = useExporting();
  const catalogue = useCatalogue();

  const rows = (): RunRow[] => runRows(comparison.groups, view.state.expanded);

  function moveFocus(by: number): void {
    const all = rows();
    const at = all.findIndex(({ id }) => id === view.state.focus);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
    if (next !== undefined) view.change({ focus: next.id });
  }

  function open(): void {
    const row = rows().find(({ id }) => id === view.state.focus);
    if (row?.kind === 'group') view.toggleExpanded(row.group.id);
    else if (row?.kind === 'seed') void router.push({ name: 'run', params: { id: row.run.id } });
  }

  /** One thing at a time, the most recent kind of choice first. */
  function back(): void {
    const { maximised, isolated, zoom, pin } = view.state;
    if (maximised !== null) view.change({ maximised: null });
    else if (isolated.length > 0) view.change({ isolated: [] });
    else if (zoom !== null) view.change({ zoom: null });
    else if (pin !== null) view.change({ pin: null });
    else view.change({ focus: null });
  }

  function onFocused(act: (groupHash: string) => void): () => void {
    return () => {
      const focused = comparison.focused;
      if (focused !== null) act(focused.id);
    };
  }

  const smooth = (by: number): void => {
    const next = Math.round((view.state.smoothing + by) * 100) / 100;
    view.change({ smoothing: Math.max(0, Math.min(0.99, next)) });
  };

  const exportCommands = (): OfferedCommand[] =>
    catalogue.host?.library.readOnly === false && comparison.selected.length > 0
      ? [{ id: 'compare.export', run: () => exporting.open({ kind: 'runs', runs: comparison.selected }) }]
      : [];

  const focusCommands = (): OfferedCommand[] => {
    const label = comparison.focused?.label;
    if (label === undefined) return [];
    const name = label.charAt(0).toLowerCase() + label.slice(1);
    return [
      {
        id: 'compare.baseline',
        label: `Compare with ${name}`,
        run: onFocused((id) => view.change({ baseline: groupKey(id) })),
      },
      { id: 'compare.hide', label: `Hide or show ${name}`, run: onFocused(view.toggleHidden) },
      { id: 'compare.only', label: `Show only ${name}`, run: onFocused((id) => view.isolate(id)) },
      {
        id: 'compare.only-baseline',
        label: `Show only ${name} and the baseline`,
        run: onFocused((id) => view.isolateAll([...new Set([id, comparison.baseline?.id ?? id])])),
      },
    ];
  };

  useCommands(() => [
    ...focusCommands(),
    ...exportCommands(),
    { id: 'compare.next', run: () => moveFocus(1) },
    { id: 'compare.previous', run: () => moveFocus(-1) },
    { id: 'compare.open', run: open },
    { id: 'compare.back', run: back },
    { id: 'compare.filter', run: hooks.focusFilter },
    {
      id: 'compare.left',
      run: () => cursor.move(-1),
    },
    { id: 'compare.right', run: () => cursor.move(1) },
    {
      id: 'compare.left10',
      run: () => cursor.move(-10),
    },
    {
      id: 'compare.right10',
      run: () => cursor.move(10),
    },
    { id: 'compare.first', run: cursor.toFirst },
    { id: 'compare.last', run: cursor.toLast },
    ...xAxes.map((axis): OfferedCommand => ({
      id: `compare.x.${axis}`,
      run: () => view.change({ axis, zoom: null, pin: null }),
    })),
    {
      id: 'compare.scale',
      run: () => view.change({ scale: scales[(scales.indexOf(view.state.scale) + 1) % scales.length] ?? 'auto' }),
    },
    { id: 'compare.smoother', run: () => smooth(smoothingStep) },
    { id: 'compare.rougher', run: () => smooth(-smoothingStep) },
    {
      id: 'compare.table',
      run: () => {
        const name = hooks.activeSeries() ?? view.state.maximised ?? view.state.series[0];
        if (name !== undefined) view.toggleTable(name);
      },
    },
    {
      id: 'compare.reset',
      run: () => view.replace({ ...initialView, scope: view.state.scope, query: view.state.query }),
    },
  ]);
}
