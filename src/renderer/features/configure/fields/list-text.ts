import { isJsonList } from './json.ts';
import type { Json } from './json.ts';

/** A list on one line: numbers and words, parted by commas or spaces ("8, 8, pool, 16"). An empty text is an empty list. */
export function readList(text: string): readonly Json[] {
  return text
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const number = Number(word);
      return Number.isFinite(number) ? number : word;
    });
}

export function writeList(value: Json | undefined): string {
  if (value === undefined) return '';
  if (!isJsonList(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  return value.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))).join(', ');
}
