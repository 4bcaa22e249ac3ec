import type { z } from 'zod';
import { parseOrThrow } from '../../contracts/parse.ts';

/** Entries of a list that are parsed before the clock is looked at. */
const portion = 25;
/** Milliseconds of parsing after which the window may answer its reader. */
const budget = 10;

/**
 * Parses the answer to a call; a long list portion by portion with pauses, because the records of a large library would
 * keep the window from answering. Throws as `parseOrThrow` does.
 */
export async function parseAnswer<T>(
  schema: z.ZodType<T>,
  value: unknown,
  context: Parameters<typeof parseOrThrow>[2],
): Promise<T> {
  if (!Array.isArray(value) || value.length <= portion) return parseOrThrow(schema, value, context);
  let resumed = performance.now();
  const answer = parseOrThrow(schema, value.slice(0, portion), context);
  for (let start = portion; start < value.length; start += portion) {
    if (performance.now() - resumed > budget) {
      await new Promise((resolve) => setTimeout(resolve));
      resumed = performance.now();
    }
    const more: unknown = schema.safeParse(value.slice(start, start + portion)).data;
    // Once more as a whole, so that the error names the places that the list has.
    if (!Array.isArray(answer) || !Array.isArray(more)) return parseOrThrow(schema, value, context);
    more.forEach((entry: unknown) => answer.push(entry));
  }
  return answer;
}
