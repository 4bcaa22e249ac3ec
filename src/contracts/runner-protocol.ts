import { z } from 'zod';
import { errorShape } from './errors.ts';
import { streamSeeds, trainingMachine } from './provenance.ts';
import { bestResult, metricBatch, repeatedRun, resolvedExecution, runParent, runProgress } from './run-record.ts';
import { runSpec } from './run-spec.ts';

/** Bumped when a message changes shape; host and runner refuse each other when it differs. */
export const runnerProtocolVersion = 2;

/** The checkpoint that a run goes on from, and what is worth knowing about that, in words. */
export const runBeginning = z.object({ step: z.int(), notes: z.array(z.string()) });
export type RunBeginning = z.infer<typeof runBeginning>;

/** Host to runner. */
export const toRunner = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    run: z.string(),
    spec: runSpec,
    /**
     * The run's own folder: the runner writes metrics.sqlite, log.txt and checkpoints/ there, the host run.json. Training
     * goes on from the newest checkpoint in it, where there is one.
     */
    folder: z.string(),
    /** Folder of the data sets that ship with the application. */
    resources: z.string(),
    /** Folder of the data sets that the user has added. */
    datasets: z.string().optional(),
    /** Folder of native TensorFlow runtimes. */
    runtimes: z.string().optional(),
    /** Of a fork: it begins with a checkpoint of that run, which lies in its own folder. */
    parent: runParent.optional(),
    /** Of a run that repeats another: what that was trained with. */
    repeats: repeatedRun.optional(),
  }),
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('stop') }),
  /** Save a checkpoint after the present step; answered by `checkpointed`. */
  z.object({ type: z.literal('checkpoint') }),
  /** The host has read the last message; the runner may exit. */
  z.object({ type: z.literal('acknowledged') }),
]);
export type ToRunner = z.infer<typeof toRunner>;

/** Runner to host. */
export const fromRunner = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), version: z.int(), pid: z.int() }),
  z.object({
    type: z.literal('started'),
    resolved: resolvedExecution,
    dataHash: z.string(),
    /** SHA-256 of the imported weights that training begins with now; not there where it goes on from a checkpoint. */
    initialWeights: z.string().optional(),
    machine: trainingMachine,
    streams: streamSeeds,
    from: runBeginning.nullable(),
    /** Seconds that one call of a native library may take on a busy machine; it sends no heartbeat meanwhile. */
    quietSeconds: z.number().min(0),
  }),
  /** 4 to 20 times a second at most; `metrics` holds what is already durable or will be within a second. */
  z.object({ type: z.literal('progress'), progress: runProgress, metrics: metricBatch, best: bestResult.nullable() }),
  z.object({ type: z.literal('paused'), step: z.int() }),
  z.object({ type: z.literal('resumed'), step: z.int() }),
  /** A checkpoint is durable, on schedule or as asked; or could not be written. */
  z.object({ type: z.literal('checkpointed'), step: z.int(), error: errorShape.nullable() }),
  z.object({ type: z.literal('heartbeat') }),
  z.object({
    type: z.literal('finished'),
    outcome: z.enum(['done', 'stopped', 'diverged']),
    step: z.int(),
    seconds: z.number(),
    reason: z.string().optional(),
  }),
  z.object({ type: z.literal('failed'), error: errorShape, step: z.int() }),
]);
export type FromRunner = z.infer<typeof fromRunner>;
