import { MicrobatchError } from '../contracts/errors.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import type { Library } from '../library/library.ts';
import { WeightsStore } from '../library/weights/weights-store.ts';
import type { WeightsRecord } from '../library/weights/weights-store.ts';

export type RunOrWeights =
  { readonly kind: 'run'; readonly record: RunRecord } | { readonly kind: 'weights'; readonly record: WeightsRecord };

/**
 * What a reference means: a run goes before imported weights of the same name. Throws `run/unknown` where it means
 * neither, `run/ambiguous`, `run/damaged`, `weights/ambiguous`.
 */
export async function findRunOrWeights(library: Library, reference: string): Promise<RunOrWeights> {
  try {
    return { kind: 'run', record: await library.runs.resolve(reference) };
  } catch (error) {
    if (!(error instanceof MicrobatchError && error.code === 'run/unknown')) throw error;
    const record = await new WeightsStore(library.folder).find(reference);
    if (record === null) throw error;
    return { kind: 'weights', record };
  }
}
