import { z } from 'zod';
import type { SweepAxis } from '../../../../contracts/sweeps.ts';
import { wholeRange } from '../../../../contracts/whole-range.ts';

const json = z.json();
type Json = z.infer<typeof json>;

export const axisKinds = ['values', 'uniform', 'log-uniform', 'integer'] as const;
export type AxisKind = (typeof axisKinds)[number];

/** A line of the table of axes, as it is typed. */
export interface AxisRow {
  /** Tells lines apart while they are edited. */
  readonly key: number;
  readonly path: string;
  readonly kind: AxisKind;
  readonly text: string;
}

export type ReadAxis = { readonly axis: SweepAxis } | { readonly problem: string };

/**
 * The axis that a line writes: values separated by commas, each JSON or a plain word, whole numbers also as 1..5; or
 * the two ends of a range.
 */
export function readAxis({ kind, text }: Pick<AxisRow, 'kind' | 'text'>): ReadAxis {
  if (text.trim() === '') return { problem: kind === 'values' ? 'Give at least one value.' : 'Give two numbers.' };
  if (kind === 'values') return readValues(text);
  const ends = text.split(/,|\.\./).map((part) => Number(part.trim() === '' ? Number.NaN : part));
  const [low, high] = ends;
  if (ends.length !== 2 || low === undefined || high === undefined || !ends.every(Number.isFinite)) {
    return { problem: 'A range is two numbers: 0.001, 0.1.' };
  }
  if (low > high) return { problem: 'The first number is the lower one.' };
  if (kind === 'integer') {
    if (!ends.every(Number.isInteger)) return { problem: 'Both ends are whole numbers.' };
    return { axis: { integer: [low, high] } };
  }
  if (kind === 'log-uniform') {
    return low > 0 ? { axis: { logUniform: [low, high] } } : { problem: 'A logarithm needs numbers above 0.' };
  }
  return { axis: { uniform: [low, high] } };
}

const mostValues = 1000;

function readValues(text: string): ReadAxis {
  const values: Json[] = [];
  for (const part of splitValues(text)) {
    const [, low, high] = /^(\d+)\.\.(\d+)$/.exec(part) ?? [];
    if (low === undefined || high === undefined) values.push(readValue(part));
    else {
      const range = wholeRange(Number(low), Number(high));
      if (range === null) return { problem: 'A range goes up, by at most 1,000 values.' };
      values.push(...range);
    }
  }
  if (values.length === 0) return { problem: 'Give at least one value.' };
  return values.length > mostValues ? { problem: 'At most 1,000 values.' } : { axis: values };
}

/** At the commas that are in no bracket and no string. */
function splitValues(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let part = '';
  for (const sign of text) {
    if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (sign === '[' || sign === '{')) depth += 1;
    else if (!isQuoted && (sign === ']' || sign === '}')) depth -= 1;
    if (sign === ',' && depth === 0 && !isQuoted) {
      parts.push(part.trim());
      part = '';
    } else part += sign;
  }
  return [...parts, part.trim()].filter((word) => word !== '');
}

function readValue(word: string): Json {
  try {
    return json.parse(JSON.parse(word));
  } catch {
    return word;
  }
}

/** Values as the table writes them. */
export const writeValues = (values: readonly unknown[]): string =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(', ');
