import { z } from 'zod';
import { errorShape } from './errors.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Steps that were taken again from a checkpoint. */
const replay = z.object({
  /** Step of the checkpoint that it began with; 0 for the run's own beginning. */
  from: z.int(),
  to: z.int(),
  /** SHA-256 of the whole training state at `to`, as the run has saved it and as the replay came to it. */
  saved: sha256,
  replayed: sha256,
  equal: z.boolean(),
  seconds: z.number(),
});

/** certificate.json of a run: what was checked, when, on what, and what came of it. */
export const certificate = z.object({
  schema: z.literal(1),
  run: z.string(),
  at: z.string(),
  /** The end of the run that it is about; clocks can be set back, so that `at` does not tell. Absent in older ones. */
  runEndedAt: z.string().nullable().optional(),
  app: z.string(),
  /**
   * `verified`: every file is sound and the replay gave the same bytes. `not-comparable`: the replay gave others, on an
   * executor or a machine that does not promise the same, or there was nothing to replay. `failed`: damage, or other bytes
   * where the same were promised.
   */
  outcome: z.enum(['verified', 'not-comparable', 'failed']),
  /** In words, where the outcome needs them. */
  notes: z.array(z.string()),
  execution: z
    .object({ executor: z.string(), device: z.string(), version: z.string(), deterministic: z.boolean() })
    .nullable(),
  /** Over every recorded point: two stores with it hold the same series. Null where they cannot be read. */
  metrics: sha256.nullable(),
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256 })),
  damaged: z.array(errorShape),
  replay: replay.nullable(),
});
export type Certificate = z.infer<typeof certificate>;
