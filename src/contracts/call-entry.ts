import { z } from 'zod';

/**
 * What answering a call does. `reads`: it tells what the library holds, and nothing else; who has a link for reading is
 * answered these calls and no other. `writes`: it changes the library. `acts`: it leaves the library's runs as they are but
 * does something on the host: long work, settings, data sets, or a look at other places of its disk.
 */
export type CallEffect = 'reads' | 'writes' | 'acts';

/** An entry of the call table: what a call is given, what it answers, and what answering it does. */
const call =
  <E extends CallEffect>(effect: E) =>
  <A extends z.ZodType, R extends z.ZodType>(parameters: A, result: R) =>
    ({ parameters, result, effect }) as const;

export const reading = call('reads');
export const writing = call('writes');
export const acting = call('acts');

/** A call that changes the library unless it is asked what it would change. */
export const writingUnlessDry = <A extends z.ZodType<{ readonly dryRun: boolean }>, R extends z.ZodType>(
  parameters: A,
  result: R,
) => ({
  ...{ parameters, result },
  effect: ({ dryRun }: z.infer<A>): CallEffect => (dryRun ? 'reads' : 'writes'),
});

export const nothing = z.null();
/** A run, sweep, trace or weights by its id. */
export const runId = z.string().min(1).max(200);
/** What a window calls a piece of work that it waits for: events of its progress bear it. */
export const jobName = z.string().min(1).max(100);
