import { z } from 'zod';
import { nothing, reading, runId, writing, writingUnlessDry } from './call-entry.ts';
import { certificate } from './certificate.ts';
import { checkpointList, libraryPruneReport, libraryRetention, pruneReport, retentionRule } from './checkpoints.ts';
import { comparison } from './comparison.ts';
import { hasControlCharacters } from './control-characters.ts';
import { queueMove, queuePrioritise, queuePriority, queueView } from './queue.ts';
import { metricBatch, repeatedRun, runProgress, runRecord, specifiedRun } from './run-record.ts';
import { runSpec } from './run-spec.ts';
import { stopReplay, stopRule } from './stop-rule.ts';
import { sweepDefinition, sweepList, sweepPlan, sweepRecord } from './sweeps.ts';

/** Text of one line: what else a terminal or a table would obey is refused. */
const runNameText = z
  .string()
  .max(200)
  .refine((text) => !hasControlCharacters(text), 'expected a name without control characters and line breaks');
const sweepRequest = z.object({ definition: sweepDefinition, again: z.boolean().default(false) });
const isAscending = (steps: readonly number[]): boolean =>
  steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0));

const startedSweep = z.object({ sweep: sweepRecord, created: z.array(specifiedRun) });

/** Calls about runs, what they recorded, their queue and their sweeps: part of the table in api.ts. */
export const runCalls = {
  'runs.list': reading(nothing, z.array(runRecord)),
  'runs.get': reading(z.object({ run: runId }), runRecord),
  /** Queues one run per seed; returns their records. */
  'runs.create': writing(
    z.object({
      spec: runSpec,
      seeds: z.array(z.int().min(0)).min(1).max(1000),
      name: runNameText.optional(),
      priority: queuePriority.optional(),
      /** Trained on the executor of that run where the spec leaves it open, and at the step length that its trace came to. */
      repeats: repeatedRun.optional(),
    }),
    z.array(specifiedRun),
  ),
  'runs.pause': writing(z.object({ run: runId }), nothing),
  /** Goes on: a run that rests at once; one that ended early from its newest checkpoint, as soon as the queue lets it. */
  'runs.resume': writing(z.object({ run: runId }), nothing),
  /**
   * A new run that begins with a checkpoint of another one, under a spec that may differ from its parent's. Throws
   * `fork/...`, `checkpoint/...`.
   */
  'runs.fork': writing(
    z.object({ run: runId, step: z.int().min(1), spec: runSpec, name: runNameText.optional() }),
    specifiedRun,
  ),
  /** Replays steps of a run from one of its checkpoints to a later one, and keeps what came of it as its certificate. */
  'runs.verify': writing(z.object({ run: runId }), certificate),
  /** What the last verification came to; null before the first. */
  'runs.certificate': reading(z.object({ run: runId }), certificate.nullable()),
  'checkpoints.list': reading(z.object({ run: runId }), checkpointList),
  /** Saves a checkpoint of a run that trains; the step that it has. */
  'checkpoints.save': writing(z.object({ run: runId }), z.object({ step: z.int() })),
  /** Removes what the rule does not keep, of a run that does not train; or with `dryRun` only tells. */
  'checkpoints.prune': writingUnlessDry(
    z.object({ run: runId, rule: retentionRule, dryRun: z.boolean() }),
    pruneReport,
  ),
  /** The same of many runs under one rule. Runs that train or wait are left alone, and named. */
  'checkpoints.prune-runs': writingUnlessDry(
    z.object({ runs: z.array(runId).min(1).max(10_000), rule: libraryRetention, dryRun: z.boolean() }),
    libraryPruneReport,
  ),
  'runs.stop': writing(z.object({ run: runId }), nothing),
  'runs.rename': writing(z.object({ run: runId, name: runNameText.min(1) }), runRecord),
  /** Moves a run that is not running to the library's trash; `runs.restore` brings it back. */
  'runs.remove': writing(z.object({ run: runId }), nothing),
  'runs.restore': writing(z.object({ run: runId }), runRecord),
  /** Queues a run that ended before its last step again, from its first step; what it recorded is set aside. */
  'runs.retry': writing(z.object({ run: runId }), specifiedRun),
  'queue.read': reading(nothing, queueView),
  'queue.move': writing(queueMove, queueView),
  'queue.prioritise': writing(queuePrioritise, queueView),
  /** No further run starts, until `queue.start`; also after a restart. Runs that train go on. */
  'queue.pause': writing(nothing, queueView),
  'queue.start': writing(nothing, queueView),
  'runs.log': reading(z.object({ run: runId }), z.array(z.string())),
  /**
   * Recorded points of the named series (all when empty), thinned to about `points` a series, extremes kept; of runs and,
   * by their ids, of imported traces. `from` and `to` are the first and the last step that are wanted: a shorter range of a long run comes in finer detail.
   */
  'metrics.read': reading(
    z.object({
      runs: z.array(runId).min(1).max(1000),
      series: z.array(z.string()).max(200),
      points: z.int().min(2).max(100_000),
      from: z.int().min(0).optional(),
      to: z.int().min(0).optional(),
    }),
    z.array(metricBatch),
  ),
  /**
   * The debiased moving average of weight `weight` over every recorded point of a series, at the given steps, ascending; on
   * logarithms where `logarithmic`. Null where there is no point or its value was not finite.
   */
  'metrics.smooth': reading(
    z.object({
      run: runId,
      series: z.string(),
      steps: z.array(z.int().min(0)).max(100_000).refine(isAscending, 'must be in ascending order'),
      weight: z.number().min(0).max(0.99),
      logarithmic: z.boolean(),
    }),
    z.array(z.number().nullable()),
  ),
  'compare.summary': reading(z.object({ runs: z.array(runId).max(1000), metric: z.string() }), comparison),
  /** When a stop rule would have ended finished runs, and what that would have saved and lost. */
  'runs.replay-stop': reading(z.object({ runs: z.array(runId).min(1).max(1000), rule: stopRule }), z.array(stopReplay)),
  /** What a sweep would do: its runs, their time and disk, what exists already, and everything that is wrong. */
  'sweeps.preview': reading(sweepRequest, sweepPlan),
  /** Queues every run of a sweep. */
  'sweeps.create': writing(sweepRequest, startedSweep),
  /** Queues every setting of a sweep with more seeds. */
  'sweeps.add-seeds': writing(
    z.object({
      sweep: runId,
      seeds: z
        .array(
          z
            .int()
            .min(0)
            .max(2 ** 32 - 1),
        )
        .min(1)
        .max(1000),
    }),
    startedSweep,
  ),
  /** Moves the sweep to the trash; its runs stay. */
  'sweeps.remove': writing(z.object({ sweep: runId }), nothing),
  'sweeps.list': reading(nothing, sweepList),
  /** Queues the quickstart's runs: three methods, its seeds. */
  'quickstart.start': writing(nothing, z.array(specifiedRun)),
} as const;

export const runEvents = {
  /** A run has saved checkpoints, or some were removed. */
  'checkpoints.changed': z.object({ run: z.string() }),
  /** A record was created or changed. */
  'run.changed': runRecord,
  'queue.changed': queueView,
  'sweep.changed': sweepRecord,
  'sweep.removed': z.object({ sweep: z.string() }),
  'run.removed': z.object({ run: z.string() }),
  'run.progress': runProgress,
  'run.metrics': metricBatch,
} as const;
