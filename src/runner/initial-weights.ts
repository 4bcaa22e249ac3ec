import type { RunSpec } from '../contracts/run-spec.ts';
import type { TrainingState } from '../engine/training/state.ts';
import { fitWeights } from '../library/weights/fit-weights.ts';
import { WeightsStore } from '../library/weights/weights-store.ts';

interface InitialWeights extends Pick<TrainingState, 'parameters' | 'buffers'> {
  /** Of the file that they were read from. */
  readonly sha256: string;
}

/**
 * The imported weights that a spec begins with, null where it begins with its seed's. `library` is the folder of
 * the library that has them. Throws `weights/unknown`, `weights/damaged`, `weights/other-model`.
 */
export async function readInitialWeights(
  { model, initialWeights }: RunSpec,
  library: string,
  task: { readonly inputShape: readonly [number, number, number]; readonly classes: number },
): Promise<InitialWeights | null> {
  if (initialWeights === undefined) return null;
  const store = new WeightsStore(library);
  const record = await store.get(initialWeights.weights);
  const fitted = fitWeights(model, task, await store.read(record), record.id);
  return { ...fitted, sha256: record.sha256 };
}
