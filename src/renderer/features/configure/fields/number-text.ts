import { formatCount, formatSetting } from '../../../format/numbers.ts';
import type { Json } from './json.ts';
import { isJsonList } from './json.ts';
import type { NumberNode } from './field-tree.ts';

/** How the numbers of a field are written. */
export interface NumberStyle {
  readonly integer: boolean;
  /** Counts of something have thousands with a comma (5,120); seeds and the like do not. */
  readonly grouped: boolean;
}

export const styleOf = (node: NumberNode, unit: string): NumberStyle => ({
  integer: node.integer,
  grouped: node.integer && unit !== '',
});

/** Values that one range may stand for. */
const longestRange = 1000;

/**
 * What was typed into a numeric field: one number, a list of several ("0.005, 0.01", "1..5": a sweep), undefined for an
 * empty field, or the text itself where it is no number, for the schema to refuse and the field to keep.
 */
export function readNumbers(text: string, style: NumberStyle): Json | undefined {
  const words = splitWords(text, style);
  if (words.length === 0) return undefined;
  const numbers = words.flatMap((word) => readWord(word, style) ?? [null]);
  const valid = numbers.filter((number) => number !== null);
  if (valid.length < numbers.length) return text.trim();
  const [first] = valid;
  return valid.length === 1 ? first : [...new Set(valid)];
}

/** The words of a text that are no numbers, as they were typed. */
export function unreadableWords(text: string, style: NumberStyle): string[] {
  return splitWords(text, style).filter((word) => readWord(word, style) === null);
}

/** A value as the field shows it when nobody types in it. */
export function writeNumbers(value: Json | undefined, style: NumberStyle): string {
  if (typeof value === 'number') return writeNumber(value, style);
  if (typeof value === 'string') return value;
  if (!isJsonList(value)) return value === undefined ? '' : JSON.stringify(value);
  const numbers = value.filter((entry) => typeof entry === 'number');
  if (numbers.length < value.length)
    return value.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))).join(', ');
  const [first] = numbers;
  const last = numbers.at(-1);
  const consecutive = numbers.every((number, index) => number === (first ?? 0) + index);
  if (first !== undefined && last !== undefined && consecutive && numbers.length > 5 && style.integer) {
    return `${String(first)}..${String(last)}`;
  }
  return numbers.map((number) => writeNumber(number, style)).join(', ');
}

const writeNumber = (value: number, { grouped }: NumberStyle): string =>
  grouped && Number.isInteger(value) ? formatCount(value) : formatSetting(value);

const rangePattern = /^(\d+)\s*(?:\.\.|–)\s*(\d+)$/;
const numberPattern = /^[+-]?(?:0|[1-9]\d*)?(?:\.\d*)?(?:e[+-]?\d+)?$/i;
const groupedPattern = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/;

/**
 * A comma with a space, a semicolon or a space parts values. A comma alone parts whole numbers ("1,2,3"), but not
 * thousands of a count ("5,120") and not decimals: "0,01" may be meant as 0.01, so it is not guessed at.
 */
function splitWords(text: string, { integer, grouped }: NumberStyle): string[] {
  const joined = text
    .trim()
    .replaceAll('−', '-')
    .replaceAll(/\s*(\.\.|–)\s*/g, '$1');
  const words = joined.split(/[,;]?\s+|;/);
  const parts = words.flatMap((word) => {
    const bare = word.replace(/,$/, '');
    if (!integer || (grouped && groupedPattern.test(bare))) return [bare];
    return bare.split(',');
  });
  return parts.filter((part) => part !== '');
}

/** The numbers of a word: one, or those of a range; null where it is none. */
function readWord(word: string, { integer, grouped }: NumberStyle): number[] | null {
  const range = rangePattern.exec(word);
  if (range !== null) return integer ? readRange(Number(range[1]), Number(range[2])) : null;
  if (grouped && groupedPattern.test(word)) return [Number(word.replaceAll(',', ''))];
  if (!numberPattern.test(word) || !/\d/.test(word)) return null;
  const value = Number(word);
  return Number.isFinite(value) ? [value] : null;
}

function readRange(first: number, last: number): number[] | null {
  const length = last - first + 1;
  if (length < 1 || length > longestRange) return null;
  return Array.from({ length }, (_, index) => first + index);
}
