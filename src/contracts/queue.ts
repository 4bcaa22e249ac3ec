import { z } from 'zod';

/** Runs of a higher priority are trained first, whatever their place. */
export const queuePriorities = ['high', 'normal', 'low'] as const;
export const queuePriority = z.enum(queuePriorities, { error: `expected one of ${queuePriorities.join(', ')}` });
export type QueuePriority = z.infer<typeof queuePriority>;

const runIds = z.array(z.string().min(1).max(200)).min(1).max(1000);

export const queueEntry = z.object({
  run: z.string(),
  priority: queuePriority,
  /**
   * ready: starts when its turn comes and there is room. waiting: takes the trace of a run that is not done yet.
   * blocked: takes the trace of a run that will not be done by itself; it is passed over until somebody acts.
   */
  state: z.enum(['ready', 'waiting', 'blocked']),
  /** Why it is not ready, as a sentence; null where it is. */
  reason: z.string().nullable(),
});
export type QueueEntry = z.infer<typeof queueEntry>;

export const queueView = z.object({
  /** While true no run starts; those that train go on. */
  paused: z.boolean(),
  /** In the order in which they will be trained. */
  entries: z.array(queueEntry),
  /** Threads that runs side by side may use together, and use now. */
  threads: z.object({ budget: z.int(), used: z.int() }),
  /** Graphics cards that take one run each; 0 where runs train on the processor. */
  graphicsCards: z.object({ count: z.int(), used: z.int() }),
});
export type QueueView = z.infer<typeof queueView>;

/** Where runs of the queue go, keeping their order among each other: to an end, by one place, or before another run. */
export const queueMove = z.object({
  runs: runIds,
  to: z.union([z.enum(['top', 'up', 'down', 'bottom']), z.object({ before: z.string().min(1).max(200) })]),
});
export type QueueMove = z.infer<typeof queueMove>;

export const queuePrioritise = z.object({ runs: runIds, priority: queuePriority });
