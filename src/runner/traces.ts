import { dirname } from 'node:path';
import { MicrobatchError } from '../contracts/errors.ts';
import { graftColumn, stepLengthColumn } from '../contracts/method-settings.ts';
import type { TraceSource } from '../contracts/method-settings.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { requireCoverage, requireTrace, traceMean } from '../engine/methods/trace.ts';
import type { Trace } from '../engine/methods/trace.ts';
import { readTraceFile } from '../library/formats/trace-file.ts';
import { readMetrics } from '../library/metric-reader.ts';
import { RunStore } from '../library/run-store.ts';

/** A spec's numbers that come from elsewhere. */
export interface ResolvedInputs {
  readonly learningRate: number;
  /** The norms that external grafting grafts. */
  readonly graftTrace: Trace | undefined;
}

/**
 * Reads what a spec takes from other runs or files. `folder` is the run's own, inside the library whose runs it may
 * name; `earlierRate` is what the mean of a trace came to when the run began, which stays where the trace has grown
 * since. Throws `trace/...` before anything is trained: unknown, without the column, empty, or shorter than the run.
 */
export function resolveInputs(spec: RunSpec, folder: string, earlierRate?: number): ResolvedInputs {
  const { graft, learningRate, steps } = spec;
  const read = (source: TraceSource, column: string): Trace => requireTrace(readTrace(source, column, folder));
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

function readTrace(source: TraceSource, column: string, folder: string): Trace {
  return 'file' in source ? readTraceFile(source.file, column) : readRunTrace(source.run, column, folder);
}

/** A recorded point counts the updates taken; the norm in it was measured before the last of them, at t one lower. */
function readRunTrace(run: string, column: string, folder: string): Trace {
  const store = new RunStore(dirname(dirname(folder)), true);
  const [series] = readMetrics(store.metricsFile(run), [column]);
  if (series !== undefined) {
    return { steps: [...series.steps].map((step) => step - 1), values: [...series.values] };
  }
  throw new MicrobatchError({
    code: 'trace/unknown-run',
    message: `run ${run} has no recorded series ${column} in this library`,
    expected: 'the id of a run that recorded it',
  });
}

function columnOf(source: TraceSource): string | undefined {
  return 'column' in source ? source.column : undefined;
}
