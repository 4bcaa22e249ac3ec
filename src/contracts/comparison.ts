import { z } from 'zod';

export const comparisonGroup = z.object({
  group: z.string(),
  label: z.string(),
  runs: z.array(z.string()),
  n: z.int(),
  mean: z.number(),
  std: z.number().nullable(),
  ci95: z.tuple([z.number(), z.number()]).nullable(),
  gapRecovered: z.number().nullable(),
});
export const comparison = z.object({
  metric: z.string(),
  groups: z.array(comparisonGroup),
  paired: z.array(
    z.object({
      a: z.string(),
      b: z.string(),
      mean: z.number(),
      ci95: z.tuple([z.number(), z.number()]).nullable(),
      n: z.int(),
    }),
  ),
});
export type Comparison = z.infer<typeof comparison>;
