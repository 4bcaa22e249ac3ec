import { hasSpec } from '../../../contracts/run-record.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';

/** Whether a run can go on from where it is: one that rests, or one that ended before its last step by no fault of its own. */
export function canResume(record: RunRecord): boolean {
  if (record.status === 'paused') return true;
  const ended = ['interrupted', 'stopped', 'failed'].includes(record.status);
  return ended && hasSpec(record) && record.origin === undefined;
}
