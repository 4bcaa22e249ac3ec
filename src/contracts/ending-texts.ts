import type { RunRecord } from './run-record.ts';

/** What to do about a run that ended early, in the words that the window and the command line share; undefined for nothing. */
export function endingRemedy({
  status,
  error,
  spec,
}: Pick<RunRecord, 'status' | 'error' | 'spec'>): string | undefined {
  if (status !== 'diverged') return error?.remedy;
  return `a smaller learning rate${spec?.lambda === undefined ? '' : ' or λ'} may keep it finite`;
}
