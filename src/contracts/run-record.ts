import { z } from 'zod';
import { errorShape } from './errors.ts';
import { runSpec } from './run-spec.ts';

/**
 * queued -> running -> done; running <-> paused; running or paused -> stopped (by the user), interrupted (its process died),
 * failed (it reported an error) or diverged (a loss that is not finite).
 */
export const runStatuses = [
  'queued',
  'running',
  'paused',
  'done',
  'stopped',
  'interrupted',
  'failed',
  'diverged',
] as const;
export const runStatus = z.enum(runStatuses);
export type RunStatus = z.infer<typeof runStatus>;
export const finishedStatuses: readonly RunStatus[] = ['done', 'stopped', 'interrupted', 'failed', 'diverged'];

/** What `auto` and the machine turned the spec into. */
export const resolvedExecution = z.object({
  executor: z.string(),
  device: z.string(),
  version: z.string(),
  threads: z.int(),
  deterministic: z.boolean(),
  parameters: z.int(),
  gradientEvaluationsPerStep: z.number(),
  /** The number that a spec's mean of a trace came to when the run started; a longer trace later does not change it. */
  learningRate: z.number().optional(),
});
export type ResolvedExecution = z.infer<typeof resolvedExecution>;

export const bestResult = z.object({ step: z.int(), 'validation/accuracy': z.number() });

export const runHistoryEntry = z.object({
  at: z.string(),
  event: z.enum(['created', 'started', 'paused', 'resumed', 'stopped', 'done', 'failed', 'interrupted', 'diverged']),
  reason: z.string().optional(),
  step: z.int().optional(),
});

/** run.json: the truth about a run. Written atomically; unknown keys of newer versions are kept out. */
export const runRecord = z.object({
  schema: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]{3,80}$/),
  name: z.string(),
  status: runStatus,
  spec: runSpec,
  specHash: z.string(),
  /** Hash of the spec without its seed: runs that share it are replicates. */
  groupHash: z.string(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Process that trains it, while one does. */
  process: z.object({ pid: z.int(), host: z.string() }).nullable(),
  step: z.int(),
  /** Training seconds so far, pauses left out. */
  seconds: z.number(),
  best: bestResult.nullable(),
  /** Last value of every series. */
  final: z.record(z.string(), z.number()),
  resolved: resolvedExecution.nullable(),
  provenance: z.object({ app: z.string(), node: z.string(), platform: z.string(), dataHash: z.string().nullable() }),
  error: errorShape.nullable(),
  history: z.array(runHistoryEntry),
});
export type RunRecord = z.infer<typeof runRecord>;
export type RunHistoryEntry = z.infer<typeof runHistoryEntry>;

/** What the running lines of the screen need between two records. */
export const runProgress = z.object({
  run: z.string(),
  step: z.int(),
  steps: z.int(),
  seconds: z.number(),
  /** Of training alone: evaluations are left out. */
  stepsPerSecond: z.number(),
  /** Steps by the speed of the last seconds, evaluations by the time of the last one; null until known. */
  remainingSeconds: z.number().nullable(),
  /** Share of the validation images that an evaluation under way has done; null while it trains. */
  evaluated: z.number().min(0).max(1).nullable(),
});
export type RunProgress = z.infer<typeof runProgress>;

/** New points, by column: one entry of `steps` and `values` per point of the series. Values that are not finite travel as null. */
export const metricBatch = z.object({
  run: z.string(),
  series: z.record(z.string(), z.object({ steps: z.array(z.int()), values: z.array(z.number().nullable()) })),
  /** Why the run's points could not be read; it has no series then. */
  problem: errorShape.optional(),
});
export type MetricBatch = z.infer<typeof metricBatch>;
