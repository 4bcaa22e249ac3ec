import { z } from 'zod';

/** An entry of the call table: what a call is given, and what it answers. */
export const call = <A extends z.ZodType, R extends z.ZodType>(parameters: A, result: R) =>
  ({ parameters, result }) as const;

export const nothing = z.null();
/** A run, sweep, trace or weights by its id. */
export const runId = z.string().min(1).max(200);
/** What a window calls a piece of work that it waits for: events of its progress bear it. */
export const jobName = z.string().min(1).max(100);
