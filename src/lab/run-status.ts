import { MicrobatchError } from '../contracts/errors.ts';
import { finishedStatuses } from '../contracts/run-record.ts';
import type { RunRecord } from '../contracts/run-record.ts';

/** Whether a run will change no more by itself. */
export function isFinished(record: RunRecord): boolean {
  return finishedStatuses.includes(record.status);
}

/** The refusal of what a run in its present state cannot do. */
export function wrongStatus(record: RunRecord, wanted: string, expected: string): MicrobatchError {
  return new MicrobatchError({
    code: 'run/wrong-status',
    message: `run ${record.id} is ${record.status} and cannot be ${wanted}`,
    expected,
  });
}
