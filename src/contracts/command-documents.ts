import { z } from 'zod';
import { comparison } from './comparison.ts';
import { devicesReport } from './devices.ts';
import { certificate } from './certificate.ts';
import { checkpointList, libraryPruneReport, pruneReport } from './checkpoints.ts';
import { importPreview, importReport, refusedFile } from './imports.ts';
import { namedRecord } from './named-record.ts';
import { runtimeReport } from './native-runtime.ts';
import { queueEntry, queueView } from './queue.ts';
import { stopReplay, stopRule } from './stop-rule.ts';
import { sweepDefinition, sweepPlan, sweepValues } from './sweeps.ts';
import { bestResult, metricBatch, runRecord, runStatus } from './run-record.ts';

/**
 * The JSON documents that verbs of the command line print with `--json`. Accuracies are fractions; intervals are
 * [low, high], 95 %, Student's t over seeds, null with fewer than three. Fields may be added, never renamed.
 */
const interval = z.tuple([z.number(), z.number()]).nullable();
const pairedDifference = z.object({ mean: z.number(), ci95: interval, n: z.int() });

export const runOutcome = z.object({
  run: z.string(),
  seed: z.int(),
  status: runStatus,
  /** Steps taken. */
  steps: z.int(),
  /** Last value of every series. */
  final: namedRecord(z.number()),
  best: bestResult.nullable(),
});

/** `run`, `resume` and `fork` */
export const runDocument = z.object({ runs: z.array(runOutcome) });

/** `run --dry-run` */
export const planDocument = z.object({
  plan: z.object({
    runs: z.int(),
    steps: z.int(),
    parameters: z.int(),
    gradientEvaluationsPerStep: z.number(),
    /** Floating-point operations of one full step; null where they were not counted. */
    operationsPerStep: z.number().nullable(),
    /** Image gradients that instruments add to a step, at most, as a mean over the run. */
    instrumentEvaluationsPerStep: z.number(),
    /** What the executor of the spec turned into. */
    executor: z.string(),
    secondsPerRun: z.number(),
    /** What the time is taken from: finished runs of the same setting in the library, or a moment of training. */
    timeFrom: z.enum(['earlier runs', 'trial']),
    /** Greatest resident memory of a training process, measured. */
    peakBytes: z.number(),
    /** With `--every-executor`: what each takes, measured by a moment of training, or why it cannot train this here. */
    executors: z
      .array(
        z.object({
          name: z.string(),
          secondsPerRun: z.number().nullable(),
          peakBytes: z.number().nullable(),
          reason: z.string().nullable(),
        }),
      )
      .optional(),
  }),
});

/** `show`, and each entry of `list`: the run's record, its id named `run` as everywhere. */
export const shownRun = runRecord.omit({ id: true, schema: true }).extend({ run: z.string() });

/** `list` */
export const listDocument = z.object({ runs: z.array(shownRun) });

/** `queue list`, and what the verbs that change the queue leave. */
export const queueDocument = queueView.extend({
  entries: z.array(queueEntry.extend({ place: z.int(), name: z.string(), method: z.string(), seed: z.int() })),
  /** Runs that `queue add` or `queue retry` has queued. */
  added: z.array(z.string()).optional(),
});

/** `verify` */
export const verifyDocument = certificate;

/** `checkpoints list` */
export const checkpointsDocument = checkpointList.extend({ run: z.string() });

/** `checkpoints prune` */
export const pruneDocument = pruneReport.extend({ run: z.string(), dryRun: z.boolean() });

/** `checkpoints prune --all` */
export const libraryPruneDocument = libraryPruneReport.extend({ dryRun: z.boolean() });
export type LibraryPruneDocument = z.infer<typeof libraryPruneDocument>;

/** `replay-stop` */
export const replayStopDocument = z.object({ rule: stopRule, runs: z.array(stopReplay) });

/** `sweep --dry-run` */
export const sweepPlanDocument = z.object({ plan: sweepPlan });

/** `sweep`, and each entry of `sweep --list` */
export const sweepDocument = z.object({
  sweep: z.string(),
  name: z.string(),
  createdAt: z.string(),
  definition: sweepDefinition,
  /** Replicate sets: runs that differ in nothing but their seed. Mean and deviation of the best accuracies. */
  settings: z.array(
    z.object({
      values: sweepValues,
      group: z.string(),
      n: z.int(),
      mean: z.number().nullable(),
      std: z.number().nullable(),
      runs: z.array(z.string()),
    }),
  ),
  runs: z.array(runOutcome.extend({ reused: z.boolean() })),
});

/** `sweep --list` */
export const sweepsDocument = z.object({ sweeps: z.array(sweepDocument) });

/** `metrics --format json` */
export const metricsDocument = metricBatch;

/** A line of `metrics --format jsonl` */
export const metricPoint = z.object({ series: z.string(), step: z.int(), value: z.number().nullable() });

/** `compare` */
export const compareDocument = comparison;

/** `import` */
export const importDocument = importReport;

/** `import --preview` */
export const previewDocument = z.object({ previews: z.array(importPreview), refused: z.array(refusedFile) });

/** `devices` */
export const devicesDocument = devicesReport;

/** `runtime list`, `runtime probe`; `runtime install` lists the new one. */
export const runtimesDocument = z.object({ runtimes: z.array(runtimeReport) });

/** `quickstart`; value = best validation accuracy of a run. */
export const quickstartDocument = z.object({
  library: z.string(),
  /** Wall time of the whole command. */
  seconds: z.number(),
  methods: z.array(
    z.object({
      method: z.string(),
      n: z.int(),
      mean: z.number(),
      std: z.number().nullable(),
      gapRecovered: z.number().nullable(),
      /** Mean of the last recorded train/loss: near zero, the gap is one of generalisation. Null where none was. */
      trainLoss: z.number().nullable(),
      /** Mean training time of a run of this method. */
      secondsPerRun: z.number(),
      values: z.array(z.object({ seed: z.int(), run: z.string(), value: z.number() })),
    }),
  ),
  /** Differences by seed; null where no seed has both. */
  paired: z.object({
    smallMinusLarge: pairedDifference.nullable(),
    gradientNormMinusLarge: pairedDifference.nullable(),
  }),
});

export type RunOutcome = z.infer<typeof runOutcome>;
export type RunDocument = z.infer<typeof runDocument>;
export type PlanDocument = z.infer<typeof planDocument>;
export type ShownRun = z.infer<typeof shownRun>;
export type QueueDocument = z.infer<typeof queueDocument>;
export type ReplayStopDocument = z.infer<typeof replayStopDocument>;
export type SweepPlanDocument = z.infer<typeof sweepPlanDocument>;
export type SweepDocument = z.infer<typeof sweepDocument>;
export type VerifyDocument = z.infer<typeof verifyDocument>;
export type CheckpointsDocument = z.infer<typeof checkpointsDocument>;
export type PruneDocument = z.infer<typeof pruneDocument>;
export type ListDocument = z.infer<typeof listDocument>;
export type QuickstartDocument = z.infer<typeof quickstartDocument>;
