import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { MicrobatchError } from '../contracts/errors.ts';
import { graftColumn, stepLengthColumn } from '../contracts/method-settings.ts';
import type { TraceSource } from '../contracts/method-settings.ts';
import { runOrigin } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { requireCoverage, requireTrace, traceMean } from '../engine/methods/trace.ts';
import type { Trace } from '../engine/methods/trace.ts';
import { readTraceFile } from './formats/trace-file.ts';
import { readMetrics } from './metric-reader.ts';
import { RunStore } from './run-store.ts';
import { TraceStore } from './trace-store.ts';

/** A spec's numbers that come from elsewhere. */
export interface ResolvedInputs {
  readonly learningRate: number;
  /** The norms that external grafting grafts. */
  readonly graftTrace: Trace | undefined;
}

/**
 * Reads what a spec takes from other runs of its library or from files. `earlierRate` is what the mean of a trace came
 * to when the run began, which stays where the trace has grown since. Throws `trace/...` before anything is trained:
 * unknown, without the column, empty, or shorter than the run.
 */
export function resolveInputs(spec: RunSpec, library: string, earlierRate?: number): ResolvedInputs {
  const { graft, learningRate, steps } = spec;
  const read = (source: TraceSource, column: string): Trace => requireTrace(readTrace(source, column, library));
  const rate =
    typeof learningRate === 'number'
      ? learningRate
      : (earlierRate ??
        traceMean(read(learningRate.trace, learningRate.column ?? columnOf(learningRate.trace) ?? stepLengthColumn)));
  if (!(rate > 0)) {
    throw new MicrobatchError({
      code: 'trace/no-step-length',
      message: `the mean of the trace is ${String(rate)}, which is no step length`,
      expected: 'a column of recorded step lengths',
    });
  }
  if (graft === undefined || !('trace' in graft)) return { learningRate: rate, graftTrace: undefined };
  const graftTrace = read(graft.trace, columnOf(graft.trace) ?? graftColumn);
  requireCoverage(graftTrace, steps);
  return { learningRate: rate, graftTrace };
}

/** Inputs for measuring what steps cost, which does not depend on them: no run and no file is read. */
export function standInInputs({ learningRate }: RunSpec): ResolvedInputs {
  return {
    learningRate: typeof learningRate === 'number' ? learningRate : 1e-3,
    graftTrace: { steps: [0, 1_000_000_000], values: [1, 1] },
  };
}

function readTrace(source: TraceSource, column: string, library: string): Trace {
  return 'file' in source ? readTraceFile(source.file, column) : readRunTrace(source.run, column, library);
}

/**
 * A recorded point counts the updates taken; the norm in it was measured before the last of them, at t one lower. What
 * was imported from other tools counts steps from 0, as they do.
 */
function readRunTrace(run: string, column: string, library: string): Trace {
  const traces = new TraceStore(library);
  const isTrace = traces.has(run);
  const file = isTrace ? traces.metricsFile(run) : new RunStore(library, true).metricsFile(run);
  const [series] = readMetrics(file, [column]);
  if (series !== undefined) {
    const record = join(dirname(file), isTrace ? 'trace.json' : 'run.json');
    const countsFrom = series.steps[0] === 0 || isForeign(record) ? 0 : 1;
    return { steps: [...series.steps].map((step) => step - countsFrom), values: [...series.values] };
  }
  throw new MicrobatchError({
    code: 'trace/unknown-run',
    message: `run ${run} has no recorded series ${column} in this library`,
    expected: 'the id of a run that recorded it',
  });
}

const recordWithOrigin = z.object({ origin: runOrigin.pick({ tool: true }) });

/** Whether a record says that another tool has written the points. */
function isForeign(path: string): boolean {
  if (!existsSync(path)) return false;
  const record = recordWithOrigin.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return record.success && record.data.origin.tool !== 'microbatch';
}

function columnOf(source: TraceSource): string | undefined {
  return 'column' in source ? source.column : undefined;
}
