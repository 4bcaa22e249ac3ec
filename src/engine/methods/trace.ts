import { MicrobatchError } from '../../contracts/errors.ts';

/** A recorded curve: values by step t, counted from 0, ascending. */
export interface Trace {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Between two records: the earlier one, or on the line between them. */
export type TraceMode = 'hold' | 'linear';

/** Throws `trace/not-valid` where steps do not ascend from 0 or a value is not a finite number from 0, `trace/empty`. */
export function requireTrace({ steps, values }: Trace): Trace {
  if (steps.length === 0) throw new MicrobatchError({ code: 'trace/empty', message: 'the trace has no records' });
  for (const [index, step] of steps.entries()) {
    const previous = steps[index - 1] ?? -1;
    const value = values[index] ?? Number.NaN;
    if (Number.isInteger(step) && step > previous && Number.isFinite(value) && value >= 0) continue;
    throw new MicrobatchError({
      code: 'trace/not-valid',
      message: `record ${String(index)} of the trace is ${String(value)} at step ${String(step)}`,
      expected: 'whole steps, ascending from 0, with finite norms from 0',
    });
  }
  return { steps, values };
}

/** The first step that a trace does not cover: its last record plus its period, the usual distance between records. */
export function traceEnd({ steps }: Trace): number {
  const gaps = steps.slice(1).map((step, index) => step - (steps[index] ?? 0));
  const median = gaps.toSorted((left, right) => left - right)[Math.floor((gaps.length - 1) / 2)];
  return (steps.at(-1) ?? 0) + (median ?? 1);
}

/** Throws `trace/too-short`, `trace/starts-late` unless a trace has a value for every step of a run. */
export function requireCoverage(trace: Trace, steps: number): void {
  traceValueAt(trace, 0, 'hold');
  if (steps > traceEnd(trace)) throw tooShort(trace, steps - 1);
}

/**
 * The value at step t: the last record at or before t (`hold`), or on the line between the neighbours of t (`linear`).
 * After the last record both hold it, for one period. Throws `trace/too-short`, `trace/starts-late`.
 */
export function traceValueAt(trace: Trace, t: number, mode: TraceMode): number {
  const { steps, values } = trace;
  const at = steps.findLastIndex((step) => step <= t);
  const before = values[at];
  if (before === undefined) {
    throw new MicrobatchError({
      code: 'trace/starts-late',
      message: `the trace begins at step ${String(steps[0] ?? 'none')} and has no value for step ${String(t)}`,
      expected: 'a trace that was recorded from step 0',
    });
  }
  if (t >= traceEnd(trace)) throw tooShort(trace, t);
  const [from = 0, to] = [steps[at], steps[at + 1]];
  const after = values[at + 1];
  if (mode === 'hold' || to === undefined || after === undefined) return before;
  return before + ((after - before) * (t - from)) / (to - from);
}

/** Mean of the recorded values: the step length that a normalized gradient takes from a run. */
export function traceMean({ values }: Trace): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function tooShort(trace: Trace, t: number): MicrobatchError {
  return new MicrobatchError({
    code: 'trace/too-short',
    message: `the trace ends before step ${String(t)}: its records cover steps below ${String(traceEnd(trace))}`,
    expected: 'a trace at least as long as the run',
    remedy: `train at most ${String(traceEnd(trace))} steps, or take a longer trace`,
  });
}
