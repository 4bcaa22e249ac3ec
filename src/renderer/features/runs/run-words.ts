import { familyDash, importedLook } from '../../charts/chart-theme.ts';
import { endingRemedy } from '../../../contracts/ending-texts.ts';
import { methodTexts } from '../../../contracts/method-texts.ts';
import { methodDescription } from '../../../contracts/methods.ts';
import { plannedSteps } from '../../../contracts/run-record.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { microBatchSizeOf } from '../../../contracts/run-spec.ts';
import type { ModelSpec, RunSpec } from '../../../contracts/run-spec.ts';
import { formatCount, formatPercent, formatSetting } from '../../format/numbers.ts';
import { errorSentences, sentenceCase } from '../../format/words.ts';
import { statusWords } from '../../ui/status.ts';

/** A setting as a chip shows it: a quiet name and a value. */
export interface SettingWord {
  readonly name: string;
  readonly value: string;
}

/** 'Gradient norm', as the tables of the study name the method. */
export const methodWord = (spec: RunSpec | null): string =>
  spec === null ? 'Imported' : methodDescription(spec.method).label;

/** Colour and dash of a run's method: tokens of the series, the same everywhere. */
export function methodLook(spec: RunSpec | null): { readonly series: number; readonly dash: number } {
  if (spec === null) return importedLook();
  const { series, family } = methodDescription(spec.method);
  return { series, dash: familyDash[family] };
}

const namedByItself = (spec: RunSpec): string => `${methodWord(spec)}, seed ${String(spec.seed)}`;

/** The name of a run: 'Gradient norm, seed 17' unless somebody gave it another. */
export function runTitle(record: RunRecord): string {
  return record.name === '' && record.spec !== null ? namedByItself(record.spec) : record.name;
}

/** The name where the seed has a column of its own. */
export function titleWithoutSeed(record: RunRecord): string {
  const title = runTitle(record);
  return record.spec !== null && title === namedByItself(record.spec) ? methodWord(record.spec) : title;
}

const namedModels = { resnet18: 'ResNet-18', vgg11: 'VGG-11', 'vgg16-bn': 'VGG-16' } as const;

/** 'ConvNet 8-8-16-16', 'MLP 64-64', 'Linear model', 'ResNet-18', 'ResNet-18, width 16'. */
export function modelWord(model: ModelSpec): string {
  if ('width' in model) {
    const name = namedModels[model.kind];
    return model.width === 64 ? name : `${name}, width ${String(model.width)}`;
  }
  if (model.kind === 'mlp') return model.widths.length === 0 ? 'Linear model' : `MLP ${model.widths.join('-')}`;
  const widths = model.widths.filter((width) => width !== 'pool').join('-');
  return `ConvNet ${widths}${model.batchNorm ? ', batch norm' : ''}`;
}

/** Model and data in one cell. */
export function modelAndData(spec: RunSpec | null, datasetLabel: (id: string) => string): string {
  if (spec === null) return 'imported, not stated';
  return `${modelWord(spec.model)}, ${datasetLabel(spec.dataset.id)}`;
}

/** What tells one run of a method from another, the most telling first. */
export function settingWords(spec: RunSpec | null): SettingWord[] {
  if (spec === null) return [];
  const words: SettingWord[] = [];
  if (spec.lambda !== undefined) words.push({ name: 'λ', value: formatSetting(spec.lambda) });
  for (const { name, value } of methodTexts(spec)) words.push({ name: name.toLowerCase(), value });
  words.push({ name: 'batch', value: formatCount(spec.batchSize) });
  const micro = microBatchSizeOf(spec);
  if (micro !== spec.batchSize) words.push({ name: 'micro', value: formatCount(micro) });
  return words;
}

/** Best validation accuracy as the tables write it, in percent; 'none' before the first evaluation. */
export function bestWords(record: RunRecord): string {
  return record.best === null ? 'none' : formatPercent(record.best['validation/accuracy'], 2);
}

/** State and result in a few words: 'done, 91.37 %', 'step 500 of 1,500'. */
export function resultWords(record: RunRecord): string {
  if (record.status === 'running' || record.status === 'paused') {
    return `step ${formatCount(record.step)} of ${formatCount(plannedSteps(record))}`;
  }
  const state = statusWords[record.status].toLowerCase();
  return record.best === null ? state : `${state}, ${bestWords(record)}\u2009%`;
}

/** Why a run ended the way it did; empty where its status says everything. */
export function outcomeReason(record: RunRecord): string {
  if (record.status === 'done' || record.status === 'queued' || record.status === 'running') return '';
  if (record.status === 'paused') return `at step ${formatCount(record.step)}`;
  if (record.error !== null) return record.error.message;
  const last = record.history.at(-1);
  const at = `at step ${formatCount(last?.step ?? record.step)}`;
  return last?.reason === undefined ? at : `${last.reason}, ${at}`;
}

/** What is said about a run that ended badly: what happened, and what can be done. Null for every other run. */
export function endingWords(record: RunRecord): { readonly title: string; readonly detail: string } | null {
  const { status, error, step } = record;
  const reason = error?.message ?? record.history.at(-1)?.reason;
  const because = reason === undefined ? '' : `: ${reason}`;
  const at = `at step ${formatCount(step)}`;
  const safe = step > 0 ? `Points up to step ${formatCount(step)} are safe. ` : '';
  switch (status) {
    case 'interrupted':
      return {
        title: `${runTitle(record)} was interrupted ${at}${because}.`,
        detail: `${safe}Resuming goes on exactly from its last checkpoint.`,
      };
    case 'diverged':
      return {
        title: `${runTitle(record)} diverged ${at}${because}.`,
        detail: `${safe}${sentenceCase(endingRemedy(record) ?? '')}.`,
      };
    case 'failed':
      return {
        title: `${runTitle(record)} failed ${at}${because}.`,
        detail: `${safe}${error === null ? '' : errorSentences(error).detail}`,
      };
    default:
      return null;
  }
}

/** How long an interruption asks for attention. */
const weekMilliseconds = 7 * 86_400_000;

/**
 * Interrupted runs that the reader has not dealt with, in their order: of the last week, not dismissed, and none of the
 * same settings and seed came after them.
 */
export function openInterruptions(
  records: readonly RunRecord[],
  dismissed: ReadonlySet<string>,
  now = new Date(),
): RunRecord[] {
  const interrupted = records.filter(
    ({ status, id, endedAt }) =>
      status === 'interrupted' &&
      !dismissed.has(id) &&
      now.getTime() - Date.parse(endedAt ?? now.toISOString()) < weekMilliseconds,
  );
  if (interrupted.length === 0) return [];
  const newest = new Map<string, string>();
  for (const { specHash, createdAt } of records) {
    if (createdAt > (newest.get(specHash) ?? '')) newest.set(specHash, createdAt);
  }
  return interrupted.filter(({ specHash, createdAt }) => newest.get(specHash) === createdAt);
}
