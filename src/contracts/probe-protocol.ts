import { z } from 'zod';
import { errorShape } from './errors.ts';
import { executorReport } from './api.ts';
import { runSpec } from './run-spec.ts';

/** What a host may ask a probe process. It answers once and exits. */
export const toProbe = z.discriminatedUnion('type', [
  /** Which executors work on this machine. */
  z.object({ type: z.literal('executors') }),
  /** What a spec amounts to, without training. */
  z.object({ type: z.literal('plan'), spec: runSpec }),
]);
export type ToProbe = z.infer<typeof toProbe>;

export const planFigures = z.object({
  parameters: z.int(),
  gradientEvaluationsPerStep: z.number(),
  /** Multiplications and additions of one full step. */
  operationsPerStep: z.number().nullable(),
});
export type PlanFigures = z.infer<typeof planFigures>;

export const fromProbe = z.discriminatedUnion('type', [
  z.object({ type: z.literal('executors'), executors: z.array(executorReport) }),
  z.object({ type: z.literal('plan'), plan: planFigures }),
  z.object({ type: z.literal('failed'), error: errorShape }),
]);
export type FromProbe = z.infer<typeof fromProbe>;
