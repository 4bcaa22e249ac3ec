import { canonicalJson } from '../../contracts/canonical-json.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { microBatchSizeOf } from '../../contracts/run-spec.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import type { LoadedCheckpoint } from '../../library/checkpoints/checkpoint-store.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';

/** What a checkpoint is bound to, and why. */
const fixed = [
  ['model', 'its parameters are those of this net'],
  ['dataset', 'it stands in the middle of a pass over these images'],
  ['initialWeights', 'they have had their effect: the parameters are part of the checkpoint'],
  ['seed', 'the seed has had its effect: what is drawn from here on is part of the checkpoint'],
] as const satisfies readonly (readonly [keyof RunSpec, string])[];

/**
 * Refuses a fork under a spec that its checkpoint does not fit. Throws `fork/fixed-setting`, `fork/no-steps-left`,
 * `fork/within-micro-batch`.
 */
export function requireForkable(parent: RunSpec, spec: RunSpec, { step, state }: LoadedCheckpoint): void {
  for (const [field, reason] of fixed) {
    if (canonicalJson(parent[field] ?? null) === canonicalJson(spec[field] ?? null)) continue;
    throw new MicrobatchError({
      code: 'fork/fixed-setting',
      message: `a fork cannot change ${field}: ${reason}`,
      expected: `${field} as in the run that is forked`,
      remedy: 'start a new run with these settings',
    });
  }
  if (spec.steps <= step) {
    throw new MicrobatchError({
      code: 'fork/no-steps-left',
      message: `the checkpoint is of step ${String(step)}, and the fork would end at step ${String(spec.steps)}`,
      expected: `steps above ${String(step)}`,
      remedy: `--set steps=${String(2 * step)} trains as long again`,
    });
  }
  const size = microBatchSizeOf(spec);
  const { position } = state.sampler;
  const atEnd = position === spec.dataset.trainSize;
  if (size !== microBatchSizeOf(parent) && position % size !== 0 && !atEnd) {
    throw new MicrobatchError({
      code: 'fork/within-micro-batch',
      message: `${String(position)} images of the current pass are served, which is not a multiple of ${String(size)}`,
      expected: 'a micro-batch size that divides them',
      remedy: 'fork at the end of a pass, or with the same micro-batch size',
    });
  }
}

/** Puts a checkpoint into the folder of a fork as its beginning; it stays there, so that the fork needs its parent no more. */
export async function beginWith(checkpoint: LoadedCheckpoint, folder: string): Promise<void> {
  const { state, validation, execution } = checkpoint;
  await new CheckpointStore(folder).write(state, {
    reasons: ['scheduled', 'last'],
    seconds: 0,
    validation,
    best: null,
    execution,
  });
}
