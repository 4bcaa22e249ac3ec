import { z } from 'zod';
import { runSpec } from './run-spec.ts';

export const preset = z.object({
  name: z.string(),
  label: z.string(),
  summary: z.string(),
  spec: runSpec,
  /** Seeds that the quickstart trains it with; absent for presets that it does not use. */
  seeds: z.array(z.int()).optional(),
  /** Whether a stand-in must be replaced first, such as the id of the run whose trace is taken. */
  incomplete: z.boolean().optional(),
});
export type Preset = z.infer<typeof preset>;

export const planEstimate = z.object({
  parameters: z.int(),
  gradientEvaluationsPerStep: z.number(),
  /** From finished runs of the same setting on this machine; null until there is one. */
  secondsPerRun: z.number().nullable(),
  /** Multiplications and additions of one full step; null where they were not counted. */
  operationsPerStep: z.number().nullable().optional(),
});
export type PlanEstimate = z.infer<typeof planEstimate>;
