import { microBatchSizeOf } from '../../../contracts/run-spec.ts';
import type { RunSpec } from '../../../contracts/run-spec.ts';
import { scheduledInstruments } from '../../../contracts/instrument-settings.ts';
import { settingName } from '../../../contracts/setting-names.ts';
import { formatCount, formatSetting } from '../../format/numbers.ts';
import { settingWords } from './run-words.ts';
import type { SettingWord } from './run-words.ts';

/** Short names of spec fields, in the order in which they are shown. Fields that stand elsewhere have none. */
const shortNames: readonly (readonly [path: string, name: string])[] = [
  ['batchSize', 'batch'],
  ['lambda', 'λ'],
  ['microBatchSize', 'micro'],
  ['learningRate', 'lr'],
  ['steps', 'steps'],
  ['dataset.id', 'data'],
  ['dataset.trainSize', 'images'],
  ['dataset.resize', 'resize'],
  ['model.kind', 'model'],
  ['model.widths', 'widths'],
  ['model.batchNorm', 'batch norm'],
  ['logEvery', 'record every'],
  ['evaluateEvery', 'evaluate every'],
];

/** What the table shows anyway: the method is the group, the seeds are its members. */
const shownElsewhere: ReadonlySet<string> = new Set(['method', 'seed']);

/**
 * For every spec the settings that not all of them share; one that a spec lacks is left out. Always at least the batch
 * size, which is what the methods are about.
 */
export function differingSettings(specs: readonly (RunSpec | null)[]): SettingWord[][] {
  const all = specs.map(settingsOf);
  const values = new Map<string, Set<string | undefined>>();
  for (const name of new Set(all.flatMap((settings) => [...settings.keys()]))) {
    values.set(name, new Set(all.map((settings) => settings.get(name))));
  }
  return all.map((settings) =>
    [...settings].flatMap(([name, value]) =>
      name === 'batch' || (values.get(name)?.size ?? 0) > 1 ? [{ name, value }] : [],
    ),
  );
}

/**
 * What tells runs apart that wait or train together: what is shown of each of them anyway, then what else they do not
 * share, such as the axis of a sweep.
 */
export function tellingSettings(specs: readonly (RunSpec | null)[]): SettingWord[][] {
  const differing = differingSettings(specs);
  return specs.map((spec, index) => {
    const own = settingWords(spec);
    const named = new Set(own.map(({ name }) => name));
    return [...own, ...(differing[index] ?? []).filter(({ name }) => !named.has(name))];
  });
}

/** Every setting of a spec by its short name, also of fields that came with a later method. */
function settingsOf(spec: RunSpec | null): Map<string, string> {
  if (spec === null) return new Map();
  const fields = new Map<string, string>();
  flatten(spec, '', fields);
  const micro = microBatchSizeOf(spec);
  if (micro === spec.batchSize) fields.delete('microBatchSize');
  else fields.set('microBatchSize', formatCount(micro));
  if (spec.instruments !== undefined) {
    const entries = scheduledInstruments(spec.instruments).map(({ id, every }) => `${id} every ${formatCount(every)}`);
    fields.set('instruments', `${formatCount(entries.length)}: ${entries.join(', ')}`);
  }
  const named = new Map<string, string>();
  for (const [path, name] of shortNames) {
    const value = fields.get(path);
    fields.delete(path);
    if (value !== undefined) named.set(name, value);
  }
  for (const [path, value] of fields) if (!shownElsewhere.has(path)) named.set(settingName(path), value);
  return named;
}

function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (Array.isArray(value)) into.set(path, value.map((item) => written(item)).join('-'));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) flatten(inner, path === '' ? key : `${path}.${key}`, into);
  } else if (value !== undefined) into.set(path, written(value));
}

function written(value: unknown): string {
  if (typeof value === 'number')
    // Twelve digits: what a sum of decimals leaves behind is no setting.
    return Number.isInteger(value) ? formatCount(value) : formatSetting(Number(value.toPrecision(12)));
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
