import { defineStore } from 'pinia';
import { reactive, shallowRef } from 'vue';
import { cancelledBy } from '../../../contracts/calls.ts';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { ErrorShape } from '../../../contracts/errors.ts';
import type { ExportBatch, ExportBatchReport } from '../../../contracts/exports.ts';
import type { HandedFile } from '../../../contracts/files.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import type { WeightsSummary } from '../../../contracts/imports.ts';
import { plural } from '../../format/words.ts';
import { useBridge } from '../../stores/bridge.ts';
import { namedFile } from '../../stores/host-files.ts';
import { newJobName } from '../../stores/job-name.ts';
import { secondsLeft } from '../../stores/time-left.ts';
import { useToasts } from '../../stores/toasts.ts';
import { fetchDownload } from './fetch-download.ts';

/** What the dialog exports: runs, with the step that is chosen to begin with, or imported weights. */
export type ExportSubject =
  | { readonly kind: 'runs'; readonly runs: readonly RunRecord[]; readonly step?: number }
  | { readonly kind: 'weights'; readonly weights: WeightsSummary };

/** Where a person wants the files; a window with dialogs always asks for a folder. */
export interface Destination {
  kind: 'download' | 'folder';
  folder: HandedFile;
  /** Whether files that are there may be replaced. */
  replace: boolean;
}

/** An export on its way. */
export interface ExportJob {
  /** Name of the file that is written now. */
  readonly file: string;
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
  readonly secondsLeft: number | null;
  readonly cancel: () => void;
}

/** The one export dialog of the frame, and the export that this window has asked for, which goes on behind it. */
export const useExporting = defineStore('exporting', () => {
  const bridge = useBridge();
  const toasts = useToasts();
  /** Where the last export went, which the next one begins with. */
  const destination = reactive<Destination>({ kind: 'download', folder: namedFile(''), replace: false });
  const subject = shallowRef<ExportSubject | null>(null);
  const job = shallowRef<ExportJob | null>(null);
  const report = shallowRef<ExportBatchReport | null>(null);
  const failure = shallowRef<ErrorShape | null>(null);

  /** Opens the dialog. While something is written it shows that. */
  function open(wanted: ExportSubject): void {
    if (job.value === null) [report.value, failure.value] = [null, null];
    subject.value = wanted;
  }

  function close(): void {
    subject.value = null;
  }

  async function start(batch: ExportBatch): Promise<void> {
    const name = newJobName('export');
    const leaving = new AbortController();
    const begun = performance.now();
    const { length: total } = batch.items;
    [report.value, failure.value] = [null, null];
    job.value = { file: '', done: 0, total, bytes: 0, secondsLeft: null, cancel: () => leaving.abort() };
    const unsubscribe = bridge.subscribe('export.progress', ({ job: of, ...progress }) => {
      if (of !== name || job.value === null) return;
      const left = secondsLeft(progress.done / progress.total, (performance.now() - begun) / 1000);
      job.value = { ...job.value, ...progress, secondsLeft: left };
    });
    try {
      const made = await bridge.call('exports.run', { ...batch, job: name }, cancelledBy(leaving.signal));
      report.value = made;
      if (made.download !== null) fetchDownload(made.download);
      if (subject.value === null) tell(made);
    } catch (thrown) {
      const shape = toErrorShape(thrown);
      if (leaving.signal.aborted) toasts.show({ text: 'The export was given up; files that were finished stay' });
      else if (subject.value === null) toasts.showError(thrown);
      else failure.value = shape;
    } finally {
      unsubscribe();
      job.value = null;
    }
  }

  function tell({ written, refused }: ExportBatchReport): void {
    const done = `Exported ${plural(written.length, 'file')}`;
    const [first] = refused;
    if (first === undefined) toasts.show({ text: done });
    else toasts.show({ text: `${done}, ${String(refused.length)} refused`, kind: 'error', detail: first.reason });
  }

  /** Back to the choice, to export again. */
  function again(): void {
    [report.value, failure.value] = [null, null];
  }

  return { subject, destination, job, report, failure, open, close, start, again };
});
