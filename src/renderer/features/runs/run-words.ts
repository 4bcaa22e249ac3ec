import { methodDescription } from '../../../contracts/methods.ts';
import type { RunRecord, RunStatus } from '../../../contracts/run-record.ts';
import { microBatchSizeOf } from '../../../contracts/run-spec.ts';
import type { ModelSpec, RunSpec } from '../../../contracts/run-spec.ts';
import { formatCount, formatSetting } from '../../format/numbers.ts';
import { sentenceCase } from '../../format/words.ts';

/** A setting as a chip shows it: a quiet name and a value. */
export interface SettingWord {
  readonly name: string;
  readonly value: string;
}

export const statusWords: Readonly<Record<RunStatus, string>> = {
  queued: 'Queued',
  running: 'Running',
  paused: 'Paused',
  done: 'Done',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  diverged: 'Diverged',
};

/** 'Gradient norm', as the tables of the study name the method. */
export const methodWord = (spec: RunSpec): string => methodDescription(spec.method).label;

/** 'Gradient norm, seed 17', or the name that somebody gave the run. */
export function runTitle(record: RunRecord): string {
  return record.name === '' ? `${methodWord(record.spec)}, seed ${String(record.spec.seed)}` : record.name;
}

/** 'Convolutional net 8-8-pool-16', 'MLP 64-64', 'Linear model'. */
export function modelWord(model: ModelSpec): string {
  if (model.kind === 'mlp') return model.widths.length === 0 ? 'Linear model' : `MLP ${model.widths.join('-')}`;
  return `Convolutional net ${model.widths.filter((width) => width !== 'pool').join('-')}`;
}

/** Model and data in one cell. */
export function modelAndData(spec: RunSpec, datasetLabel: (id: string) => string): string {
  return `${modelWord(spec.model)}, ${datasetLabel(spec.dataset.id)}`;
}

/** What tells one run of a method from another, the most telling first. */
export function settingWords(spec: RunSpec): SettingWord[] {
  const words: SettingWord[] = [];
  if (spec.lambda !== undefined) words.push({ name: 'λ', value: formatSetting(spec.lambda) });
  words.push({ name: 'batch', value: formatCount(spec.batchSize) });
  const micro = microBatchSizeOf(spec);
  if (micro !== spec.batchSize) words.push({ name: 'micro-batch', value: formatCount(micro) });
  return words;
}

/** Why a run ended the way it did; empty where its status says everything. */
export function outcomeReason(record: RunRecord): string {
  if (record.status === 'done' || record.status === 'queued' || record.status === 'running') return '';
  if (record.error !== null) return record.error.message;
  const last = record.history.at(-1);
  const at = `at step ${formatCount(last?.step ?? record.step)}`;
  return last?.reason === undefined ? at : `${last.reason}, ${at}`;
}

/** The interruption notice: what happened, and what resuming means. */
export function interruptionWords(record: RunRecord): { readonly what: string; readonly means: string } {
  const reason = record.history.at(-1)?.reason;
  const because = reason === undefined ? '' : `: ${reason}`;
  return {
    what: `${sentenceCase(runTitle(record))} was interrupted at step ${formatCount(record.step)}${because}`,
    means: 'Recorded points are safe. Resuming starts again at the last checkpoint and gives the same bytes.',
  };
}
