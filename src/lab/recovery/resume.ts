import { MicrobatchError } from '../../contracts/errors.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord, SpecifiedRun } from '../../contracts/run-record.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import { isSuspended } from '../run-life.ts';

/** Whether a run that has no process can go on from where it was. */
function canContinue(record: RunRecord): record is SpecifiedRun {
  if (!hasSpec(record) || record.origin !== undefined) return false;
  return isSuspended(record) || ['interrupted', 'stopped', 'failed'].includes(record.status);
}

/** Throws `run/wrong-status`. */
export function requireContinuable(record: RunRecord): SpecifiedRun {
  if (canContinue(record)) return record;
  throw new MicrobatchError({
    code: 'run/wrong-status',
    message: `run ${record.id} is ${record.status} and cannot be resumed`,
    expected: 'a run of this application that waits, or is paused, stopped, interrupted or failed',
    ...(record.status === 'done' ? { remedy: 'fork it to train on from one of its checkpoints' } : {}),
  });
}

/** The step that a run will go on from: that of its newest checkpoint, 0 without one. Tensors are not read. */
export async function resumeStep(folder: string): Promise<number> {
  const checkpoints = await new CheckpointStore(folder).list();
  return checkpoints.at(-1)?.step ?? 0;
}
