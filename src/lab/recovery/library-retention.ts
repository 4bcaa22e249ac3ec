import type { CheckpointEntry, LibraryRetention, PruneReport } from '../../contracts/checkpoints.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import { stepsToRemove } from './retention.ts';

interface RunFolder {
  readonly run: string;
  readonly folder: string;
}

type PrunePlan = PruneReport & Pick<RunFolder, 'run'>;

/** Checkpoints of one run while a plan is made. */
interface Draft extends Pick<RunFolder, 'run'> {
  readonly checkpoints: readonly CheckpointEntry[];
  readonly bytesOf: (steps: readonly number[]) => number;
  readonly gone: Set<number>;
  bytes: number;
}

/**
 * What a rule removes of many runs, those without checkpoints left out. First each run by itself; then, above the budget
 * of all together, the oldest of whichever run, until it fits. The best and the last of every run stay even above it.
 */
export async function planPruning(folders: readonly RunFolder[], rule: LibraryRetention): Promise<PrunePlan[]> {
  const { totalBytes, ...own } = rule;
  const drafts: Draft[] = [];
  for (const { run, folder } of folders) {
    const store = new CheckpointStore(folder);
    const { checkpoints } = await store.survey();
    if (checkpoints.length === 0) continue;
    const bytesOf = await store.sizes();
    const gone = new Set(stepsToRemove(checkpoints, own, bytesOf));
    drafts.push(sized({ run, checkpoints, bytesOf, gone, bytes: 0 }));
  }
  if (totalBytes !== undefined) fit(drafts, totalBytes);
  return drafts.map(({ run, checkpoints, bytesOf, gone, bytes }) => ({
    run,
    keep: checkpoints.filter(({ step }) => !gone.has(step)),
    remove: checkpoints.filter(({ step }) => gone.has(step)),
    bytesBefore: bytesOf(checkpoints.map(({ step }) => step)),
    bytesAfter: bytes,
  }));
}

function sized(draft: Draft): Draft {
  const staying = draft.checkpoints.map(({ step }) => step).filter((step) => !draft.gone.has(step));
  draft.bytes = draft.bytesOf(staying);
  return draft;
}

function fit(drafts: readonly Draft[], totalBytes: number): void {
  const optional = drafts
    .flatMap((draft) =>
      draft.checkpoints
        .filter(({ step, labels }) => !draft.gone.has(step) && !labels.includes('best') && !labels.includes('last'))
        .map(({ step, savedAt }) => ({ draft, step, savedAt })),
    )
    .toSorted((left, right) => (left.savedAt < right.savedAt ? -1 : left.savedAt > right.savedAt ? 1 : 0));
  let total = drafts.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { draft, step } of optional) {
    if (total <= totalBytes) return;
    const before = draft.bytes;
    draft.gone.add(step);
    total += sized(draft).bytes - before;
  }
}
