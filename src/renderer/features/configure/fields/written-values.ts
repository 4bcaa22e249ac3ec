import { isJsonList, toJson } from './json.ts';
import type { Json } from './json.ts';

/** How a value stands on one line of text: as it is, as a list of numbers and words, or as JSON. */
export type WrittenKind = 'text' | 'list' | 'json';

/** The value of a line; undefined for an empty one, except that an empty list is a list. JSON that cannot be read stays a text. */
export function readText(text: string, kind: WrittenKind): Json | undefined {
  if (kind === 'list') return readList(text);
  if (text.trim() === '') return undefined;
  return kind === 'text' ? text : readJson(text);
}

export function writeText(value: Json | undefined, kind: WrittenKind): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return kind === 'list' && isJsonList(value) ? value.map(wordOf).join(', ') : JSON.stringify(value);
}

/** Numbers and words, parted by commas or spaces: "8, 8, pool, 16". */
function readList(text: string): readonly Json[] {
  return text
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const number = Number(word);
      return Number.isFinite(number) ? number : word;
    });
}

const wordOf = (entry: Json): string => (typeof entry === 'string' ? entry : JSON.stringify(entry));

function readJson(text: string): Json {
  try {
    return toJson(JSON.parse(text));
  } catch {
    return text;
  }
}
