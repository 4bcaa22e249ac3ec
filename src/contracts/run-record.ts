import { z } from 'zod';
import { errorShape } from './errors.ts';
import { provenance } from './provenance.ts';
import { namedRecord } from './named-record.ts';
import { recordId } from './record-id.ts';
import { runSpec } from './run-spec.ts';
import { statedMethod, statedSeed, statedSetting } from './stated-settings.ts';
import type { MethodId } from './methods.ts';

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
export type BestResult = z.infer<typeof bestResult>;

export const runHistoryEntry = z.object({
  at: z.string(),
  event: z.enum([
    'created',
    'started',
    'paused',
    'resumed',
    'slept',
    'stopped',
    'done',
    'failed',
    'interrupted',
    'diverged',
    'retried',
  ]),
  reason: z.string().optional(),
  step: z.int().optional(),
});

/** Tools whose files can be read as runs. */
export const importTools = ['wandb', 'tensorboard', 'csv', 'jsonl', 'microbatch'] as const;
export type ImportTool = (typeof importTools)[number];

/** Where a run comes from that was not trained by this application. */
export const runOrigin = z.object({
  kind: z.literal('imported'),
  tool: z.enum(importTools),
  /** Name of the file or folder, without its path. */
  file: z.string(),
  /** Of its content; of a folder, over the names and contents of the files that were read. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  importedAt: z.string(),
  /** Which of the runs in the file, where it holds several by name. */
  part: z.string().nullable(),
  /** Settings in the words of the tool that wrote them, nested ones joined by dots. */
  settings: namedRecord(statedSetting),
  /** Columns that are kept under another name: the recorded value is `scale` times the one in the file. */
  renamed: z.array(z.object({ column: z.string(), series: z.string(), scale: z.number() })),
  /** What was left out or assumed, in words. */
  notes: z.array(z.string()),
});
export type RunOrigin = z.infer<typeof runOrigin>;

/** The run that a fork has branched off, and the step of the checkpoint that it began with. */
export const runParent = z.object({ run: z.string(), step: z.int().min(1) });
export type RunParent = z.infer<typeof runParent>;

/** The run whose run.json a run was started from, and what that had been trained with. */
export const repeatedRun = z.object({
  run: recordId,
  resolved: resolvedExecution,
  dataHash: z.string().nullable(),
});
export type RepeatedRun = z.infer<typeof repeatedRun>;

/** run.json: the truth about a run. Written atomically; unknown keys of newer versions are kept out. */
export const runRecord = z.object({
  schema: z.literal(1),
  id: recordId,
  name: z.string(),
  status: runStatus,
  /** Null only for an imported run whose file does not say everything that a spec says. */
  spec: runSpec.nullable(),
  /** Present for imported runs. */
  origin: runOrigin.optional(),
  /** Present for forks. */
  parent: runParent.optional(),
  /** Present for runs that were started from the run.json of another. */
  repeats: repeatedRun.optional(),
  /** The sweep that it belongs to. */
  sweep: z.string().optional(),
  /** Of the spec; of an imported run without one, of what its file states, or of the file. */
  specHash: z.string(),
  /** Hash of the same without its seed: runs that share it are replicates. */
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
  final: namedRecord(z.number()),
  resolved: resolvedExecution.nullable(),
  provenance,
  error: errorShape.nullable(),
  history: z.array(runHistoryEntry),
});
export type RunRecord = z.infer<typeof runRecord>;
/** The record of a run that has a spec: every one that was trained by this application. */
export const specifiedRun = runRecord.extend({ spec: runSpec });
export type SpecifiedRun = z.infer<typeof specifiedRun>;
export type RunHistoryEntry = z.infer<typeof runHistoryEntry>;

export const hasSpec = (record: RunRecord): record is SpecifiedRun => record.spec !== null;

/** The seed of a run; null for an imported one whose file does not state it. */
export function seedOf({ spec, origin }: Pick<RunRecord, 'spec' | 'origin'>): number | null {
  if (spec !== null) return spec.seed;
  return origin === undefined ? null : (statedSeed(origin.settings)?.value ?? null);
}

/** The method of a run; null for an imported one whose file does not state it. */
export function methodOf({ spec, origin }: Pick<RunRecord, 'spec' | 'origin'>): MethodId | null {
  if (spec !== null) return spec.method;
  return origin === undefined ? null : (statedMethod(origin.settings)?.value ?? null);
}

/** Steps that a run takes as a whole: those of its spec, or as many as an imported one recorded. */
export const plannedSteps = ({ spec, step }: Pick<RunRecord, 'spec' | 'step'>): number => spec?.steps ?? step;

/** What the running lines of the screen need between two records. */
export const runProgress = z.object({
  run: z.string(),
  step: z.int(),
  steps: z.int(),
  /** Share of the step under way that is done, by its micro-batches: a step of a large batch may take minutes. */
  underway: z.number().min(0).max(1),
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
  series: namedRecord(
    z.object({
      steps: z.array(z.int()),
      values: z.array(z.number().nullable()),
      /** More points than these are recorded between the first and the last one. */
      thinned: z.literal(true).optional(),
    }),
  ),
  /** Why the run's points could not be read; it has no series then. */
  problem: errorShape.optional(),
});
export type MetricBatch = z.infer<typeof metricBatch>;
