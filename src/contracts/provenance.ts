import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const word = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** A graphics card as its driver's tool names it; null where the tool does not say. */
export const graphicsCard = z.object({
  name: z.string(),
  memoryBytes: z.number().nullable(),
  driver: z.string().nullable(),
});
export type GraphicsCard = z.infer<typeof graphicsCard>;

/** The machine as a training process sees it. */
export const trainingMachine = z.object({
  host: z.string(),
  /** System and architecture in Node's words, then the release of the system: "linux x64 6.8.0". */
  platform: z.string(),
  /** Model of the processor; "unknown" where the system does not say. */
  processor: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  /** Cards that the process can use; null where there is no nvidia-smi to ask. */
  graphicsCards: z.array(graphicsCard).nullable(),
  node: z.string(),
});
export type TrainingMachine = z.infer<typeof trainingMachine>;

/** The code that trains. */
export const applicationBuild = z.object({
  /** Version of the application. */
  app: z.string(),
  /** Commit of the checkout that it runs from or was built from; null where it was neither. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .nullable(),
  /**
   * Version of the engine: SHA-256 over its sources. The same version takes the same steps from the same spec on the same
   * executor. Null where it cannot be told.
   */
  engine: sha256.nullable(),
});
export type ApplicationBuild = z.infer<typeof applicationBuild>;

/** One training process of a run: a run that went on somewhere else later has several. */
export const trainingStart = applicationBuild.extend({
  at: z.string(),
  /** Steps that were taken before. */
  step: z.int(),
  executor: z.string(),
  device: z.string(),
  /** Of the library that computes. */
  version: z.string(),
  threads: z.int(),
  machine: trainingMachine,
});
export type TrainingStart = z.infer<typeof trainingStart>;

/** First states of the random streams of a seed, by purpose: four words of xoshiro128**. */
export const streamSeeds = z.record(z.string(), z.tuple([word, word, word, word]));

/**
 * Where a run comes from and what has trained it, beside its spec and its history. What an earlier version of the
 * application did not record is there as nothing: an empty list, null.
 */
export const provenance = z.object({
  /** Version of the application, of Node, and the platform of the host that made the record. */
  app: z.string(),
  node: z.string(),
  platform: z.string(),
  dataHash: z.string().nullable(),
  /** SHA-256 of the weights.safetensors that training began with. */
  initialWeights: z.string().optional(),
  streams: streamSeeds.nullable().default(null),
  /** Every process that has trained it, the first one first. */
  starts: z.array(trainingStart).default([]),
});
export type Provenance = z.infer<typeof provenance>;

/** What is known of a run before it trains. */
export type MakerFacts = Pick<Provenance, 'app' | 'node' | 'platform'>;
