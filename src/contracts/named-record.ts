import { z } from 'zod';

/**
 * A record whose keys come from outside, such as names of series. As `z.record(z.string(), value)`, which leaves a key
 * `__proto__` out without a word.
 */
export function namedRecord<T extends z.ZodType>(value: T) {
  return z
    .custom<Readonly<Record<string, z.input<T>>>>(isRecord, 'expected an object')
    .transform((input, context): Record<string, z.output<T>> => {
      const entries: [string, z.output<T>][] = [];
      for (const [name, found] of Object.entries(input)) {
        const parsed = value.safeParse(found);
        if (parsed.success) entries.push([name, parsed.data]);
        else for (const issue of parsed.error.issues) context.addIssue({ ...issue, path: [name, ...issue.path] });
      }
      // Its entries are own properties, whatever their names.
      return Object.fromEntries(entries);
    });
}

/** The value under a name from outside; undefined for what every object has, such as `constructor`. */
export function valueOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
