import type { RunParent } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { RunBeginning, ToRunner } from '../contracts/runner-protocol.ts';
import { describeError, MicrobatchError } from '../contracts/errors.ts';
import type { Executor } from '../engine/executors/executor.ts';
import { openExecutor } from '../engine/executors/registry.ts';
import { methodOf } from '../engine/methods/index.ts';
import type { TrainingState } from '../engine/training/state.ts';
import type { CheckpointStore, LoadedCheckpoint } from '../library/checkpoints/checkpoint-store.ts';
import { readMetrics } from '../library/metric-reader.ts';
import type { StopWatch } from '../statistics/stop-watch.ts';
import type { ResolvedInputs } from '../library/recorded-inputs.ts';

type Start = Extract<ToRunner, { type: 'start' }>;

/** Where a run begins: at a checkpoint, or at its first step. */
export interface Beginning {
  readonly checkpoint: LoadedCheckpoint | null;
  readonly notes: readonly string[];
}

/** The newest sound checkpoint in the run's folder; damaged newer ones are passed over, and noted. */
export async function findBeginning(store: CheckpointStore): Promise<Beginning> {
  const { checkpoint, damaged } = await store.loadNewest();
  const from = checkpoint === null ? 'the first step' : `step ${String(checkpoint.step)}`;
  return {
    checkpoint,
    notes: damaged.map(
      (error) => `a checkpoint is damaged, so that training goes on from ${from}: ${describeError(error)}`,
    ),
  };
}

/**
 * The executor of a spec; for `auto`, the one that has trained the run so far, or the run that it repeats, since only with
 * that the steps are the same. Throws as `openExecutor` does.
 */
export async function openExecutorFor(
  { spec, runtimes, repeats }: Start,
  { checkpoint }: Beginning,
): Promise<Executor> {
  const options = { threads: spec.threads, runtimes };
  const before = checkpoint?.execution ?? repeats?.resolved;
  if (before === undefined || spec.executor !== 'auto') return openExecutor(spec.executor, options);
  return openExecutor(before.executor, options).catch(() => openExecutor('auto', options));
}

/** The state to go on from. A fork by another method begins with that method's own first state. */
export function stateFor({ spec, parent }: Start, checkpoint: LoadedCheckpoint, inputs: ResolvedInputs): TrainingState {
  const { state, step } = checkpoint;
  if (parent?.step !== step || state.method.id === spec.method) return state;
  return { ...state, method: { id: spec.method, state: { ...methodOf(spec, inputs.graftTrace).initialState } } };
}

/** What the host tells about it: null for a run that begins at its first step and always did. */
export function describeBeginning(
  { checkpoint, notes }: Beginning,
  { name, device, version, deterministic }: Executor['description'],
): RunBeginning | null {
  if (checkpoint === null) return notes.length === 0 ? null : { step: 0, notes: [...notes] };
  const before = checkpoint.execution;
  const same = before.executor === name && before.device === device && before.version === version;
  const told = [...notes];
  if (!same) {
    told.push(
      `${before.executor} ${before.version} (${before.device}) trained it until here, ${name} ${version} (${device}) goes on: the steps are not byte for byte those of an uninterrupted run`,
    );
  } else if (!deterministic) {
    told.push(
      `${name} on ${device} does not give the same bytes twice: the steps are not those of an uninterrupted run`,
    );
  }
  return { step: checkpoint.step, notes: told };
}

/** Shows a stop rule what was recorded before, in the order in which it was. */
export function feedStopRule(rule: StopWatch, spec: RunSpec, metricsFile: string): void {
  if (spec.stopWhen === undefined) return;
  const recorded = readMetrics(metricsFile, ['train/loss', 'validation/accuracy']);
  const points = recorded.flatMap(({ name, steps, values }) =>
    [...steps].map((step, index) => ({ name, step, value: values[index] ?? Number.NaN })),
  );
  // Stable: the loss of a step is before its accuracy, as the series are by name.
  for (const { name, value } of points.toSorted((left, right) => left.step - right.step)) {
    if (name === 'train/loss') rule.loss(value);
    else rule.accuracy(value);
  }
}

/** A fork whose first checkpoint is gone cannot begin anywhere else. */
export function withoutBeginning({ run, step }: RunParent): MicrobatchError {
  return new MicrobatchError({
    code: 'checkpoint/none',
    message: `the checkpoint of step ${String(step)} of run ${run}, which this fork begins with, cannot be read`,
    expected: "a sound checkpoint in the fork's own folder",
    remedy: 'fork that run again',
  });
}
