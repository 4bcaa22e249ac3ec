import { z } from 'zod';
import { call, nothing, runId } from './call-entry.ts';
import { certificate } from './certificate.ts';
import { hostCommandIds } from './commands.ts';
import { checkpointList, libraryPruneReport, libraryRetention, pruneReport, retentionRule } from './checkpoints.ts';
import { datasetCard, datasetEntry, datasetKind, datasetProgress, datasetReport } from './datasets.ts';
import { exchangeCalls, exchangeEvents } from './exchange-calls.ts';
import { handedFile, hostFile } from './files.ts';
import { datasetSplits, runSpec } from './run-spec.ts';
import { queueMove, queuePrioritise, queuePriority, queueView } from './queue.ts';
import { metricBatch, repeatedRun, runProgress, runRecord, specifiedRun } from './run-record.ts';
import { hasControlCharacters } from './control-characters.ts';
import { settings, settingsChange } from './settings.ts';
import { stopReplay, stopRule } from './stop-rule.ts';
import { sweepDefinition, sweepList, sweepPlan, sweepRecord } from './sweeps.ts';
import { windowCalls, windowEvents } from './window-calls.ts';
import { errorShape } from './errors.ts';
import type { OpenedDocument, TakingOptions } from './files.ts';

/** Text of one line: what else a terminal or a table would obey is refused. */
const runNameText = z
  .string()
  .max(200)
  .refine((text) => !hasControlCharacters(text), 'expected a name without control characters and line breaks');
const datasetName = z.string().min(1).max(100);

export const executorReport = z.object({
  name: z.string(),
  usable: z.boolean(),
  device: z.string().nullable(),
  gflops: z.number().nullable(),
  reason: z.string().nullable(),
  /** What to do about the reason. */
  remedy: z.string().nullable(),
});
export type ExecutorReport = z.infer<typeof executorReport>;

export const devicesReport = z.object({
  executors: z.array(executorReport),
  /** Of the host's machine; `freeBytes`: what a further program can still take, in a container no more than its limit. */
  memory: z.object({ bytes: z.number(), freeBytes: z.number() }),
});
export type DevicesReport = z.infer<typeof devicesReport>;

export const datasetDescription = z.object({
  id: z.string(),
  label: z.string(),
  classes: z.array(z.string()),
  /** [channels, height, width] before resizing. */
  imageShape: z.tuple([z.int(), z.int(), z.int()]),
  trainImages: z.int(),
  validationImages: z.int(),
  /** What the validation split is, in words, shown wherever its figures are. */
  validationNote: z.string(),
  licence: z.string(),
  /** Ways to divide it that a spec can name; absent where it has one arrangement of its own. */
  splits: z
    .array(z.object({ split: z.enum(datasetSplits), validationImages: z.int(), testImages: z.int(), note: z.string() }))
    .optional(),
});
export type DatasetDescription = z.infer<typeof datasetDescription>;

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

export const hostInformation = z.object({
  version: z.string(),
  /** 'desktop' under Electron, 'web' in a browser. */
  kind: z.enum(['desktop', 'web']),
  library: z.object({
    name: z.string(),
    path: z.string(),
    readOnly: z.boolean(),
    bytes: z.number(),
    freeBytes: z.number(),
  }),
  machine: z.object({ cores: z.int(), memoryBytes: z.number(), platform: z.string(), node: z.string() }),
  /** Runs that train side by side. */
  concurrency: z.int(),
  /** Commands of the table that this host does when a window asks. */
  commands: z.array(z.enum(hostCommandIds)),
  /** Libraries that were open before, the latest first. */
  recentLibraries: z.array(handedFile),
});
export type HostInformation = z.infer<typeof hostInformation>;

const sweepRequest = z.object({ definition: sweepDefinition, again: z.boolean().default(false) });
const startedSweep = z.object({ sweep: sweepRecord, created: z.array(specifiedRun) });

/**
 * The one table of calls and events between a window and its host. The Electron IPC registration, the
 * preload bridge, the WebSocket routes and the typed client are all derived from it.
 */
export const apiCalls = {
  ...exchangeCalls,
  ...windowCalls,
  'host.information': call(nothing, hostInformation),
  'runs.list': call(nothing, z.array(runRecord)),
  'runs.get': call(z.object({ run: runId }), runRecord),
  /** Queues one run per seed; returns their records. */
  'runs.create': call(
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
  'runs.pause': call(z.object({ run: runId }), nothing),
  /** Goes on: a run that rests at once; one that ended early from its newest checkpoint, as soon as the queue lets it. */
  'runs.resume': call(z.object({ run: runId }), nothing),
  /**
   * A new run that begins with a checkpoint of another one, under a spec that may differ from its parent's. Throws
   * `fork/...`, `checkpoint/...`.
   */
  'runs.fork': call(
    z.object({ run: runId, step: z.int().min(1), spec: runSpec, name: runNameText.optional() }),
    specifiedRun,
  ),
  /** Replays steps of a run from one of its checkpoints to a later one, and keeps what came of it as its certificate. */
  'runs.verify': call(z.object({ run: runId }), certificate),
  /** What the last verification came to; null before the first. */
  'runs.certificate': call(z.object({ run: runId }), certificate.nullable()),
  'checkpoints.list': call(z.object({ run: runId }), checkpointList),
  /** Saves a checkpoint of a run that trains; the step that it has. */
  'checkpoints.save': call(z.object({ run: runId }), z.object({ step: z.int() })),
  /** Removes what the rule does not keep, of a run that does not train; or with `dryRun` only tells. */
  'checkpoints.prune': call(z.object({ run: runId, rule: retentionRule, dryRun: z.boolean() }), pruneReport),
  /** The same of many runs under one rule. Runs that train or wait are left alone, and named. */
  'checkpoints.prune-runs': call(
    z.object({ runs: z.array(runId).min(1).max(10_000), rule: libraryRetention, dryRun: z.boolean() }),
    libraryPruneReport,
  ),
  'runs.stop': call(z.object({ run: runId }), nothing),
  'runs.rename': call(z.object({ run: runId, name: runNameText.min(1) }), runRecord),
  /** Moves a run that is not running to the library's trash; `runs.restore` brings it back. */
  'runs.remove': call(z.object({ run: runId }), nothing),
  'runs.restore': call(z.object({ run: runId }), runRecord),
  /** Queues a run that ended before its last step again, from its first step; what it recorded is set aside. */
  'runs.retry': call(z.object({ run: runId }), specifiedRun),
  'queue.read': call(nothing, queueView),
  'queue.move': call(queueMove, queueView),
  'queue.prioritise': call(queuePrioritise, queueView),
  /** No further run starts, until `queue.start`; also after a restart. Runs that train go on. */
  'queue.pause': call(nothing, queueView),
  'queue.start': call(nothing, queueView),
  'runs.log': call(z.object({ run: runId }), z.array(z.string())),
  /**
   * Recorded points of the named series (all when empty), thinned to about `points` a series, extremes kept; of runs and,
   * by their ids, of imported traces. `from` and `to` are the first and the last step that are wanted: a shorter range of a long run comes in finer detail.
   */
  'metrics.read': call(
    z.object({
      runs: z.array(runId).min(1).max(1000),
      series: z.array(z.string()).max(200),
      points: z.int().min(2).max(100_000),
      from: z.int().min(0).optional(),
      to: z.int().min(0).optional(),
    }),
    z.array(metricBatch),
  ),
  'compare.summary': call(z.object({ runs: z.array(runId).max(1000), metric: z.string() }), comparison),
  /** When a stop rule would have ended finished runs, and what that would have saved and lost. */
  'runs.replay-stop': call(z.object({ runs: z.array(runId).min(1).max(1000), rule: stopRule }), z.array(stopReplay)),
  /** What a sweep would do: its runs, their time and disk, what exists already, and everything that is wrong. */
  'sweeps.preview': call(sweepRequest, sweepPlan),
  /** Queues every run of a sweep. */
  'sweeps.create': call(sweepRequest, startedSweep),
  /** Queues every setting of a sweep with more seeds. */
  'sweeps.add-seeds': call(
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
  'sweeps.remove': call(z.object({ sweep: runId }), nothing),
  'sweeps.list': call(nothing, sweepList),
  'presets.list': call(nothing, z.array(preset)),
  'datasets.list': call(nothing, z.array(datasetDescription)),
  /** The whole catalogue: sets that can be trained on, and known ones that can be fetched. */
  'datasets.catalogue': call(nothing, z.array(datasetEntry)),
  /** Reads a set from a file or folder of the host's machine. */
  'datasets.add': call(
    z.object({ path: hostFile, id: z.string().max(100).optional(), kind: datasetKind.optional() }),
    datasetReport,
  ),
  'datasets.download': call(z.object({ dataset: datasetName }), datasetReport),
  'datasets.verify': call(z.object({ dataset: datasetName }), datasetReport),
  /** Gives up what is being done to a set: by its id, or its path while it is added without one. */
  'datasets.cancel': call(z.object({ dataset: z.string().min(1).max(4000) }), nothing),
  /** Moves a set to the trash; `datasets.restore` brings it back. */
  'datasets.remove': call(z.object({ dataset: datasetName }), nothing),
  'datasets.restore': call(z.object({ dataset: datasetName }), nothing),
  'datasets.card': call(z.object({ dataset: datasetName }), datasetCard),
  'plan.estimate': call(z.object({ spec: runSpec }), planEstimate),
  'devices.probe': call(nothing, devicesReport),
  /** Queues the quickstart's runs: three methods, its seeds. */
  'quickstart.start': call(nothing, z.array(specifiedRun)),
  'settings.read': call(nothing, settings),
  'settings.write': call(settingsChange, settings),
} as const;

export type ApiCalls = typeof apiCalls;
export type ApiName = keyof ApiCalls;
export type ApiParameters<N extends ApiName> = z.infer<ApiCalls[N]['parameters']>;
export type ApiResult<N extends ApiName> = z.infer<ApiCalls[N]['result']>;

export const apiEvents = {
  ...exchangeEvents,
  ...windowEvents,
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
  'settings.changed': settings,
  /** The catalogue of data sets is another one. */
  'datasets.changed': z.object({ dataset: z.string() }),
  'dataset.progress': datasetProgress,
} as const;
export type ApiEvents = typeof apiEvents;
export type ApiEventName = keyof ApiEvents;
export type ApiEvent<N extends ApiEventName> = z.infer<ApiEvents[N]>;

export interface CallOptions {
  /**
   * Given the function that gives the call up: it is then rejected with `request/cancelled`, and the host stops its work
   * where it can. A function and not an AbortSignal, because only functions and plain data reach an isolated page's
   * bridge: see `cancelledBy`.
   */
  readonly whenCancelled?: (cancel: () => void) => void;
}

/** The bridge as a window sees it, the same in Electron and in a browser. */
export interface MicrobatchBridge {
  call<N extends ApiName>(name: N, parameters: ApiParameters<N>, options?: CallOptions): Promise<ApiResult<N>>;
  /** Returns the function that ends the subscription. */
  subscribe<N extends ApiEventName>(name: N, listener: (event: ApiEvent<N>) => void): () => void;
  /**
   * Connection to the host; in Electron always connected. Told `connected` again where events were left out because the
   * window could not keep up: what they told must then be read.
   */
  onConnection(listener: (state: 'connected' | 'lost') => void): () => void;
  /**
   * What files that were dropped on the window, or chosen in it, are to the host. Those of a browser's machine are sent
   * to it, except specs, which the window reads itself. Throws `files/...`, `request/cancelled`.
   */
  takeFiles(files: readonly File[], options?: TakingOptions): Promise<OpenedDocument[]>;
}

/** What a handler is told beside the parameters. */
export interface CallContext {
  /** Aborted when the window gives the call up or is gone: nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** The lab's side: one handler a call. */
export type ApiHandlers = {
  readonly [N in ApiName]: (parameters: ApiParameters<N>, context?: CallContext) => Promise<ApiResult<N>>;
};

/** What a host emits to its windows. */
export type ApiEmit = <N extends ApiEventName>(name: N, event: ApiEvent<N>) => void;

/** Greatest message accepted from a window, bytes of JSON. */
export const maximumRequestBytes = 1_000_000;

/** Calls of one window that may be under way at a time. */
export const maximumCallsUnderWay = 1000;

/** What a window sends on transports that carry text, the WebSocket of the web host: a call, or its end. */
export const wireRequest = z.union([
  z.strictObject({ id: z.int().min(0), name: z.string(), parameters: z.unknown() }),
  z.strictObject({ cancel: z.int().min(0) }),
]);
export const wireMessage = z.union([
  z.object({ id: z.int(), result: z.unknown() }),
  z.object({ id: z.int(), error: errorShape }),
  z.object({ event: z.string(), payload: z.unknown() }),
  /** Events were left out. */
  z.object({ missed: z.literal(true) }),
]);
