import { z } from 'zod';
import { hasControlCharacters } from './control-characters.ts';
import { errorShape } from './errors.ts';
import { recordId } from './record-id.ts';

/** Runs that one sweep may make: more than a person can look through. */
export const mostSweepRuns = 1000;

const json = z.json();
/** A field of the spec by its path, as `--set` writes it: `dataset.trainSize`. */
const fieldPath = z
  .string()
  .max(200)
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'expected a path of fields, such as dataset.trainSize');

const number = z.number('expected a number');
const ordered = ([low, high]: readonly [number, number]): boolean => low <= high;
const interval = z.tuple([number, number]).refine(ordered, 'expected [LOW, HIGH] with LOW at most HIGH');

/** Where a sampled value is drawn from; both ends may be drawn where they are whole numbers. */
const range = z.union(
  [
    z.strictObject({ uniform: interval }),
    z.strictObject({ logUniform: interval.refine(([low]) => low > 0, 'expected numbers above 0') }),
    z.strictObject({
      integer: z.tuple([z.int(), z.int()]).refine(ordered, 'expected [LOW, HIGH] with LOW at most HIGH'),
    }),
  ],
  { error: 'expected {"uniform": [LOW, HIGH]}, {"logUniform": [LOW, HIGH]} or {"integer": [LOW, HIGH]}' },
);
export type SweepRange = z.infer<typeof range>;

const axis = z.union([z.array(json).min(1, 'expected at least one value').max(mostSweepRuns), range], {
  error: ({ input }) =>
    Array.isArray(input) && input.length > mostSweepRuns
      ? `expected at most ${String(mostSweepRuns)} values, not ${String(input.length)}`
      : 'expected a list of values or, with sample, a range such as {"logUniform": [0.001, 0.1]}',
});
export type SweepAxis = z.infer<typeof axis>;

/**
 * Many runs from one spec. Every setting is the base with one value of each axis (all combinations, or `sample` random
 * ones), for each entry of `settings`, with each of the seeds: those of the axis `seed`, else the base's own.
 */
export const sweepDefinition = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(150)
      .refine((text) => !hasControlCharacters(text), 'expected a name without control characters')
      .optional(),
    /** A run spec; what is left out has its usual value. */
    base: z.record(z.string(), json),
    axes: z.record(fieldPath, axis).default({}),
    /** Changes of the base, each a setting of its own: paths and values. */
    settings: z.array(z.record(fieldPath, json)).min(1).max(mostSweepRuns).optional(),
    /** Draw so many settings from the axes instead of taking all combinations. */
    sample: z.int().min(1).max(mostSweepRuns).optional(),
    /** Decides what is drawn; 1 unless given. */
    sampleSeed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .optional(),
  })
  .superRefine(({ axes, sample }, context) => {
    for (const [path, values] of Object.entries(axes)) {
      if (Array.isArray(values)) continue;
      if (path === 'seed') {
        context.addIssue({ code: 'custom', path: ['axes', path], message: 'expected a list: seeds are not drawn' });
      } else if (sample === undefined) {
        const message = 'a range needs "sample", the number of settings to draw';
        context.addIssue({ code: 'custom', path: ['axes', path], message });
      }
    }
  });
export type SweepDefinition = z.infer<typeof sweepDefinition>;
export type SweepDefinitionInput = z.input<typeof sweepDefinition>;

/** What makes a setting of a sweep different from its base: values by path, the seed left out. */
export const sweepValues = z.record(z.string(), json);
export type SweepValues = z.infer<typeof sweepValues>;

/** The paths that tell settings apart: those of what is trained, unless nothing but what is measured is changed. */
export function tellingPaths(paths: readonly string[]): string[] {
  const trained = paths.filter((path) => !path.startsWith('instrument'));
  return trained.length > 0 ? trained : [...paths];
}

/** What a sweep would do. */
export const sweepPlan = z.object({
  /** Different settings; each is trained with every seed. */
  settings: z.int(),
  seeds: z.array(z.int()),
  /** Runs that would be trained. */
  runs: z.int(),
  /** Runs of this library that have one of the specs already, and so are not trained again. */
  existing: z.array(z.object({ run: z.string(), name: z.string(), values: sweepValues, seed: z.int() })),
  /** Specs that came out twice, as drawn whole numbers can. */
  repeated: z.int(),
  /** Everything that is wrong with the specs, each problem once with the first values that have it. */
  problems: z.array(z.object({ values: sweepValues, count: z.int(), message: z.string() })),
  /** Wall time, from finished runs of the same settings; null while that of any is unknown. */
  seconds: z.number().nullable(),
  /** What the metrics of all runs will take on the disk, roughly. */
  bytes: z.number(),
  /** What their checkpoints will take besides, by the parameters of runs of the same nets; null where one is unknown. */
  checkpointBytes: z.number().nullable(),
  /** Rows for a table, at most the first hundred settings. */
  rows: z.array(z.object({ values: sweepValues, seconds: z.number().nullable(), toTrain: z.int() })),
});
export type SweepPlan = z.infer<typeof sweepPlan>;

/** sweeps/<id>.json: what was asked for. Its runs carry its id. */
export const sweepRecord = z.object({
  schema: z.literal(1),
  id: recordId,
  name: z.string(),
  createdAt: z.string(),
  definition: sweepDefinition,
  /** Runs that were there before and are part of it. */
  reused: z.array(z.string()),
  /** What its settings change, the seed left out, by the hash that their runs share. */
  settings: z.array(z.object({ groupHash: z.string(), values: sweepValues })),
});
export type SweepRecord = z.infer<typeof sweepRecord>;

export const sweepList = z.object({ sweeps: z.array(sweepRecord), damaged: z.array(errorShape) });
