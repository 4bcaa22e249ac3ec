import type { ErrorShape } from '../../contracts/errors.ts';
import { formatCount } from './numbers.ts';

/** '1 run', '3 runs', '2,000 runs'. The plural is the noun with an s unless it is given. */
export function plural(count: number, noun: string, plurals = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plurals}`;
}

/** The first letter in upper case, the rest as it is. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** An error as a screen shows it: what happened, and below it what was expected and what to do. */
export function errorSentences(error: ErrorShape): { readonly text: string; readonly detail: string } {
  const expected = error.expected === undefined ? '' : `Expected ${error.expected}. `;
  const remedy = error.remedy === undefined ? '' : `${sentenceCase(error.remedy)}.`;
  return { text: sentenceCase(error.message), detail: `${expected}${remedy}`.trim() };
}
