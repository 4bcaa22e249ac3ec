import { z } from 'zod';
import { graphicsCard } from './provenance.ts';

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

/** A graphics card with the memory that a further program can still take; null where its driver does not say. */
export const cardReport = graphicsCard.extend({ freeBytes: z.number().nullable() });
export type CardReport = z.infer<typeof cardReport>;

export const devicesReport = z.object({
  executors: z.array(executorReport),
  /** Of the host's machine; `freeBytes`: what a further program can still take, in a container no more than its limit. */
  memory: z.object({ bytes: z.number(), freeBytes: z.number() }),
  /** Cards that programs of this host can use, before they were tried out; null where there is no nvidia-smi to ask. */
  graphicsCards: z.array(cardReport).nullable(),
});
export type DevicesReport = z.infer<typeof devicesReport>;
