import type { z } from 'zod';
import { formatCount, formatSetting } from '../../../format/numbers.ts';
import { sentenceCase } from '../../../format/words.ts';
import { expectationOf, nodeAt } from '../fields/field-rows.ts';
import type { Field, FieldNode } from '../fields/field-tree.ts';
import { pathKey, valueAt } from '../fields/json.ts';
import type { Json, JsonObject, Path } from '../fields/json.ts';
import { styleOf, unreadableWords } from '../fields/number-text.ts';
import type { Change } from './draft.ts';
import type { Axis, Combination } from './sweep.ts';

/** Something about a setting that its reader should know, with what can be done about it. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly path: Path;
  /** What is wrong. */
  readonly lead: string;
  /** What it means; may be empty. */
  readonly detail: string;
  readonly remedies: readonly Remedy[];
}

/** One press that puts it right: 'Use 128'. */
export interface Remedy {
  readonly label: string;
  readonly changes: readonly Change[];
}

/** Ways out that one finding offers. */
const mostRemedies = 2;

export const leaveOut = (path: Path): Remedy => ({ label: 'Leave it out', changes: [{ path, value: undefined }] });

export const use = (path: Path, value: Json): Remedy => ({
  label: `Use ${wordOf(value)}`,
  changes: [{ path, value }],
});

/** A value in a sentence. */
export const wordOf = (value: Json): string =>
  typeof value === 'number'
    ? Number.isInteger(value)
      ? formatCount(value)
      : formatSetting(value)
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

const quoted = (value: Json): string => (typeof value === 'string' ? `“${value}”` : wordOf(value));

/**
 * What the schema says against a document, over all combinations of its sweeps, each thing once. Works for any schema;
 * `fields` are those of the schema.
 */
export function schemaFindings(
  schema: z.ZodType,
  fields: readonly Field[],
  combinations: readonly Combination[],
  axes: readonly Axis[],
): Finding[] {
  const found = new Map<string, Finding>();
  for (const { document } of combinations) {
    const result = schema.safeParse(document);
    if (result.success) continue;
    for (const issue of result.error.issues) {
      for (const finding of findingsOf(issue, fields, document, axes)) {
        found.set(`${pathKey(finding.path)}|${finding.lead}`, finding);
      }
    }
  }
  return [...found.values()];
}

type Issue = z.core.$ZodIssue;

function findingsOf(issue: Issue, fields: readonly Field[], document: JsonObject, axes: readonly Axis[]): Finding[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      severity: 'error',
      path: [...path, key],
      lead: `There is no setting ${key} here.`,
      detail: '',
      remedies: [leaveOut([...path, key])],
    }));
  }
  const value = valueAt(document, path);
  const node = nodeAt(fields, document, path);
  const unreadable = typeof value === 'string' && node?.kind === 'number' ? unreadableFinding(path, value, node) : null;
  if (unreadable !== null) return [unreadable];
  const isSwept = axes.some((axis) => axis.key === pathKey(path));
  const subject = value !== undefined && (isSwept || typeof path.at(-1) === 'number') ? `${quoted(value)}: ` : '';
  const message = `${sentenceCase(`${subject}${messageOf(issue, node)}`)}.`;
  const isMissing = (value === undefined || value === '') && issue.code !== 'custom';
  return [
    {
      severity: 'error',
      path,
      lead: isMissing ? 'This is needed.' : message,
      detail: isMissing ? message : '',
      remedies: isSwept ? [] : remediesOf(issue, fields, path, value),
    },
  ];
}

/** A text where a number belongs: says which word it is, and offers the number that was probably meant. */
function unreadableFinding(path: Path, text: string, node: FieldNode & { kind: 'number' }): Finding | null {
  if (text === '') return null;
  const words = unreadableWords(text, styleOf(node, ''));
  const decimalComma = /^[+-]?\d+,\d+$/.test(text);
  const pointed = Number(text.replace(',', '.'));
  const meant = decimalComma && !node.integer && Number.isFinite(pointed) ? [use(path, pointed)] : [];
  return {
    severity: 'error',
    path,
    lead: `“${words.join(' ') || text}” is not ${node.integer ? 'a whole number' : 'a number'}.`,
    detail: decimalComma ? 'Decimals take a point; a comma and a space part the values of a sweep.' : '',
    remedies: meant,
  };
}

/** The schema's message, or where it has none of its own, what the field expects. */
function messageOf(issue: Issue, node: FieldNode | undefined): string {
  const isOwn = !/^(Invalid|Too (small|big)|Unrecognized)/.test(issue.message);
  if (isOwn) return issue.message.replace(/[.]$/, '').replaceAll(/\d{5,}/g, (digits) => formatCount(Number(digits)));
  if (node === undefined) return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  return `expected ${expectationOf(node)}`;
}

function remediesOf(issue: Issue, fields: readonly Field[], path: Path, value: Json | undefined): Remedy[] {
  const remedies: Remedy[] = [];
  if (issue.code === 'too_big' && typeof value === 'number') remedies.push(use(path, Number(issue.maximum)));
  if (issue.code === 'too_small' && typeof value === 'number' && issue.inclusive === true) {
    remedies.push(use(path, Number(issue.minimum)));
  }
  const field = path.length === 1 ? fields.find(({ name }) => name === path[0]) : undefined;
  if (field?.fallback !== undefined && remedies.length === 0) remedies.push(use(path, field.fallback));
  if (issue.code === 'custom' && field?.optional === true && value !== undefined) remedies.push(leaveOut(path));
  return remedies.slice(0, mostRemedies);
}

/** The seeds, which are checked one by one: each makes a run. */
export function seedFindings(field: Field, seeds: readonly Json[]): Finding[] {
  const path: Path = [field.name];
  const wrong = seeds.find((seed) => !field.schema.safeParse(seed).success);
  if (seeds.length === 0) {
    return [{ severity: 'error', path, lead: 'At least one seed is needed.', detail: '', remedies: [use(path, 1)] }];
  }
  if (wrong === undefined) return [];
  const { node } = field;
  const unreadable = typeof wrong === 'string' && node.kind === 'number' ? unreadableFinding(path, wrong, node) : null;
  const lead = `${quoted(wrong)}: expected ${expectationOf(node)}.`;
  return [unreadable ?? { severity: 'error', path, lead, detail: '', remedies: [] }];
}

/** Findings of a setting and of everything inside it, worst first. */
export function findingsAt(findings: readonly Finding[], path: Path): Finding[] {
  const key = pathKey(path);
  return findings
    .filter((finding) => pathKey(finding.path) === key || pathKey(finding.path).startsWith(`${key}.`))
    .toSorted((left, right) => Number(left.severity === 'warning') - Number(right.severity === 'warning'));
}
