import { z } from 'zod';
import { datasetCard, datasetKind, datasetReport } from './datasets.ts';
import { errorShape } from './errors.ts';

/** Folder of the sets that the user has added. */
const datasets = z.string();

/** What a host may ask a data set process. It answers once; ending it before gives the work up. */
export const toDatasetTask = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('add'),
    datasets,
    path: z.string(),
    id: z.string().optional(),
    kind: datasetKind.optional(),
  }),
  z.object({ type: z.literal('download'), datasets, id: z.string() }),
  /** `resources`: folder of what ships with the application. */
  z.object({ type: z.literal('verify'), datasets, resources: z.string(), id: z.string() }),
  z.object({ type: z.literal('card'), datasets, resources: z.string(), id: z.string() }),
]);
export type ToDatasetTask = z.infer<typeof toDatasetTask>;

export const fromDatasetTask = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), what: z.string(), fraction: z.number().nullable() }),
  z.object({ type: z.literal('report'), report: datasetReport }),
  z.object({ type: z.literal('card'), card: datasetCard }),
  z.object({ type: z.literal('failed'), error: errorShape }),
]);
export type FromDatasetTask = z.infer<typeof fromDatasetTask>;
