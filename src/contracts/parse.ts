import type { z } from 'zod';
import { MicrobatchError } from './errors.ts';

/** An issue names what it found, which may be as long as the whole input. */
const longestIssue = 300;

/** The first problems of a failed parse as one readable sentence: `learningRate: expected a number above 0`. */
export function describeIssues(error: z.ZodError, limit = 3): string {
  const lines = error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    const line = path === '' ? issue.message : `${path}: ${issue.message}`;
    return line.length > longestIssue ? `${line.slice(0, longestIssue)}…` : line;
  });
  const shown = lines.slice(0, limit).join('; ');
  return lines.length > limit ? `${shown}; and ${String(lines.length - limit)} more` : shown;
}

/** Parses a value at a border; throws `code` with the fields that do not fit. */
export function parseOrThrow<T extends z.ZodType>(
  schema: T,
  value: unknown,
  context: { code: string; what: string; remedy?: string },
): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new MicrobatchError({
    code: context.code,
    message: `${context.what} is not valid: ${describeIssues(result.error)}`,
    ...(context.remedy === undefined ? {} : { remedy: context.remedy }),
  });
}

/** The value of a JSON text; undefined, which no schema of ours accepts, where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
