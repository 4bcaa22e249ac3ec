import { ChartLine, Copy, CopyPlus, CornerUpRight, Download, Pencil, RotateCcw, Trash, Undo2 } from '@lucide/vue';
import type { Component } from 'vue';
import { useRouter } from 'vue-router';
import { hasSpec } from '../../../contracts/run-record.ts';
import type { RunRecord, SpecifiedRun } from '../../../contracts/run-record.ts';
import { useExporting } from '../exporting/export-jobs.ts';
import { canResume } from '../checkpoints/can-resume.ts';
import { useCatalogue } from '../../stores/catalogue.ts';
import { useRenaming } from '../../stores/renaming.ts';
import { useRuns } from '../../stores/runs.ts';
import { useToasts } from '../../stores/toasts.ts';
import { PauseIcon, PlayIcon, StopIcon } from '../../ui/media-icons.ts';

/** Something that can be done to a run in its present state. */
export interface RunAction {
  readonly id:
    | 'open'
    | 'pause'
    | 'resume'
    | 'stop'
    | 'withdraw'
    | 'again'
    | 'from'
    | 'retry'
    | 'compare'
    | 'rename'
    | 'copy'
    | 'export'
    | 'remove';
  readonly label: string;
  readonly icon: Component;
  readonly run: () => void;
  readonly danger?: boolean;
  /** A line above it, where actions are listed. */
  readonly rule?: boolean;
}

/** Runs of one comparison that an address can carry. */
const mostCompared = 100;

/** A run and the others on the same model and data, itself first. */
function sameTask(record: RunRecord, records: readonly RunRecord[]): string[] {
  const task = ({ spec }: RunRecord): string =>
    spec === null ? 'imported' : JSON.stringify([spec.model, spec.dataset]);
  const others = records.filter((other) => other.id !== record.id && task(other) === task(record));
  return [record, ...others].slice(0, mostCompared).map(({ id }) => id);
}

/** What can be done to a run, the same in every menu, on its page and in the palette. */
export function useRunActions(): (record: RunRecord) => RunAction[] {
  const runs = useRuns();
  const catalogue = useCatalogue();
  const toasts = useToasts();
  const renaming = useRenaming();
  const exporting = useExporting();
  const router = useRouter();

  async function again(record: SpecifiedRun): Promise<void> {
    try {
      const [created] = await runs.create({ spec: record.spec, seeds: [record.spec.seed], name: record.name });
      if (created !== undefined) toasts.show({ text: `Queued ${record.name} again` });
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  async function copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      toasts.show({ text: `Copied ${text}` });
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  return (record) => {
    const { id, status } = record;
    const reading: RunAction[] = [
      { id: 'open', label: 'Open', icon: CornerUpRight, run: () => void router.push({ name: 'run', params: { id } }) },
      {
        id: 'compare',
        label: 'Show in Compare',
        icon: ChartLine,
        run: () => void router.push({ name: 'compare', query: { runs: sameTask(record, runs.records).join(',') } }),
      },
      { id: 'copy', label: 'Copy id', icon: Copy, run: () => void copy(id) },
    ];
    if (catalogue.host?.library.readOnly === true) return reading;
    const finished = !['queued', 'running', 'paused'].includes(status);
    const changing: (RunAction | null)[] = [
      status === 'running' ? { id: 'pause', label: 'Pause', icon: PauseIcon, run: () => void runs.pause(id) } : null,
      canResume(record) ? { id: 'resume', label: 'Resume', icon: PlayIcon, run: () => void runs.resume(id) } : null,
      finished && hasSpec(record)
        ? { id: 'again', label: 'Run again', icon: RotateCcw, run: () => void again(record) }
        : null,
      hasSpec(record)
        ? {
            id: 'from',
            label: 'New run from this one',
            icon: CopyPlus,
            run: () => void router.push({ name: 'new', query: { from: id } }),
          }
        : null,
      finished && status !== 'done' && hasSpec(record) && record.origin === undefined
        ? { id: 'retry', label: 'Retry from its first step', icon: Undo2, run: () => void runs.retry(id) }
        : null,
      { id: 'rename', label: 'Rename…', icon: Pencil, run: () => renaming.begin(record) },
      {
        id: 'export',
        label: 'Export…',
        icon: Download,
        run: () => exporting.open({ kind: 'runs', runs: [record] }),
      },
      status === 'running' || status === 'paused'
        ? { id: 'stop', label: 'Stop', icon: StopIcon, danger: true, rule: true, run: () => void runs.stop(id) }
        : null,
      status === 'queued'
        ? { id: 'withdraw', label: 'Take out of the queue', icon: StopIcon, rule: true, run: () => void runs.stop(id) }
        : null,
      finished
        ? { id: 'remove', label: 'Remove', icon: Trash, danger: true, rule: true, run: () => void runs.removeAll([id]) }
        : null,
    ];
    return [...reading.slice(0, 1), ...changing.slice(0, 5), ...reading.slice(1), ...changing.slice(5)].filter(
      (action) => action !== null,
    );
  };
}
