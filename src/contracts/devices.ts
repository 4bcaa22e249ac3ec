import { z } from 'zod';

export const executorReport = z.object({
  name: z.string(),
  usable: z.boolean(),
  device: z.string().nullable(),
  gflops: z.number().nullable(),
  reason: z.string().nullable(),
  /** What to do about the reason. */
  remedy: z.string().nullable(),
});
export type ExecutorReport = z.infer<typeof executorReport>;

export const devicesReport = z.object({
  executors: z.array(executorReport),
  /** Of the host's machine; `freeBytes`: what a further program can still take, in a container no more than its limit. */
  memory: z.object({ bytes: z.number(), freeBytes: z.number() }),
});
export type DevicesReport = z.infer<typeof devicesReport>;
