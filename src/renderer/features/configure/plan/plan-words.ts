import type { SpecifiedRun } from '../../../../contracts/run-record.ts';
import { formatDuration } from '../../../format/times.ts';
import { plural } from '../../../format/words.ts';
import { wordOf } from '../draft/findings.ts';
import { countToQueue, existingOf } from './plan.ts';
import type { Plan, PlannedRow } from './plan.ts';

/** What the runs are made of: '3 seeds', '3 λ × 5 seeds, 1 exists already'. */
export function makeUp(plan: Plan): string {
  const axes = plan.axes.map((axis) => `${String(axis.values.length)} ${lowerLabel(axis.label)}`);
  const seeds = plural(plan.seeds.length, 'seed');
  const existing = existingOf(plan).length;
  const note = existing === 0 ? '' : `, ${String(existing)} ${existing === 1 ? 'exists' : 'exist'} already`;
  return `${[...axes, seeds].join(' × ')}${note}`;
}

/** Head of the matrix: 'λ by seed', 'learning rate and λ by seed'. */
export const matrixTitle = (plan: Plan): string =>
  plan.axes.length === 0 ? 'by seed' : `${plan.axes.map((axis) => lowerLabel(axis.label)).join(' and ')} by seed`;

export const rowTitle = (row: PlannedRow): string => row.values.map(wordOf).join(', ');

/** Short time for a cell: '8 s', '6 min', '1 h 31'. */
export function cellTime(seconds: number): string {
  if (seconds < 3600) return formatDuration(seconds < 60 ? Math.ceil(seconds) : Math.round(seconds / 60) * 60);
  const minutes = Math.round(seconds / 60);
  return `${String(Math.floor(minutes / 60))}\u2009h ${String(minutes % 60)}`;
}

/** What the button will do. */
export function queueWords(plan: Plan | null, again: boolean): string {
  if (plan === null) return 'Queue runs';
  const count = countToQueue(plan, again);
  return count === 0 ? 'Nothing to queue' : `Queue ${plural(count, 'run')}`;
}

/** What is said of runs that exist already. */
export function reuseWords(plan: Plan, existing: readonly SpecifiedRun[], again: boolean): string {
  if (again) return `${plural(existing.length, 'run')} will be trained again, with the same result.`;
  const [first] = existing;
  if (existing.length !== 1 || first === undefined) {
    return `${plural(existing.length, 'run')} exist already, setting for setting, and are reused.`;
  }
  const row = plan.rows.find(({ cells }) => cells.some((cell) => cell.existing === first));
  const setting = (row?.values ?? [])
    .map((value, index) => `${plan.axes[index]?.label ?? ''} ${wordOf(value)}`)
    .join(', ');
  const seed = `seed ${String(first.spec.seed)}`;
  return `${setting === '' ? '' : `${setting} with `}${seed} exists already, setting for setting, so it is reused:`;
}

const lowerLabel = (label: string): string => label.charAt(0).toLowerCase() + label.slice(1);
