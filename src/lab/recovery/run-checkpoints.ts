import type { ApiParameters } from '../../contracts/api.ts';
import type { CheckpointList, PruneReport } from '../../contracts/checkpoints.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import { stepsToRemove } from './retention.ts';

/** The checkpoints in a run's folder. */
export function listCheckpoints(folder: string): Promise<CheckpointList> {
  return new CheckpointStore(folder).survey();
}

/** Removes the checkpoints that a rule does not keep, or with `dryRun` only tells. Not while the run trains. */
export async function pruneCheckpoints(
  folder: string,
  { rule, dryRun }: Pick<ApiParameters<'checkpoints.prune'>, 'rule' | 'dryRun'>,
): Promise<PruneReport> {
  const store = new CheckpointStore(folder);
  const { checkpoints } = await store.survey();
  const bytesOf = await store.sizes();
  const gone = new Set(stepsToRemove(checkpoints, rule, bytesOf));
  const [keep, remove] = [false, true].map((removed) => checkpoints.filter(({ step }) => gone.has(step) === removed));
  if (!dryRun && gone.size > 0) await store.remove([...gone]);
  return {
    keep: keep ?? [],
    remove: remove ?? [],
    bytesBefore: bytesOf(checkpoints.map(({ step }) => step)),
    bytesAfter: bytesOf(checkpoints.map(({ step }) => step).filter((step) => !gone.has(step))),
  };
}
