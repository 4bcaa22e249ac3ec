import { exportFormats, formatForms } from '../../../contracts/exports.ts';
import type { ExportFormat, ExportItem } from '../../../contracts/exports.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import type { ExportSubject } from './export-jobs.ts';

/** Formats that a subject can become. Runs that were imported have curves and no net. */
export function formatsOf(subject: ExportSubject): readonly ExportFormat[] {
  if (subject.kind === 'weights') return exportFormats.filter((format) => formatForms[format].ofWeights);
  if (subject.runs.some(hasNet)) return exportFormats;
  return exportFormats.filter((format) => !formatForms[format].holdsCheckpoint);
}

/** Whether a run of the subject began with imported weights, which its bundle can take along. */
export const beganWithWeights = (subject: ExportSubject): boolean =>
  subject.kind === 'runs' && subject.runs.some(({ spec }) => spec?.initialWeights !== undefined);

export const hasNet = ({ spec, origin }: RunRecord): boolean => spec !== null && origin === undefined;

export interface ExportChoice {
  readonly formats: ReadonlySet<ExportFormat>;
  /** Checkpoints of one run by their step, or by what they are of each of several. */
  readonly checkpoints: ReadonlySet<number | 'best' | 'last'>;
  /** Whether a bundle takes the imported weights along that its run began with. */
  readonly withWeights: boolean;
}

/** Every file that a choice asks for: formats of checkpoints for each checkpoint, the others once for each run. */
export function exportItems(subject: ExportSubject, { formats, checkpoints, withWeights }: ExportChoice): ExportItem[] {
  const chosen = formatsOf(subject).filter((format) => formats.has(format));
  if (subject.kind === 'weights') return chosen.map((format) => ({ reference: subject.weights.id, format }));
  return subject.runs.flatMap((run) =>
    chosen.flatMap((format): ExportItem[] => {
      const takesWeights = withWeights && format === 'bundle' && run.spec?.initialWeights !== undefined;
      if (takesWeights) return [{ reference: run.id, format, withWeights }];
      if (!formatForms[format].holdsCheckpoint) return [{ reference: run.id, format }];
      if (!hasNet(run)) return [];
      return [...checkpoints].map((checkpoint) => ({ reference: run.id, format, checkpoint }));
    }),
  );
}
