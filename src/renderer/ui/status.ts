import type { RunStatus } from '../../contracts/run-record.ts';

export const statusWords: Readonly<Record<RunStatus, string>> = {
  queued: 'Queued',
  running: 'Running',
  paused: 'Paused',
  done: 'Done',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  diverged: 'Diverged',
};

/** Colour token of each status: `--running`, with its ground `--running-bg`. */
export type StatusTone = 'running' | 'queued' | 'done' | 'interrupted' | 'failed' | 'diverged';
export const statusTone: Readonly<Record<RunStatus, StatusTone>> = {
  queued: 'queued',
  running: 'running',
  paused: 'queued',
  done: 'done',
  stopped: 'queued',
  interrupted: 'interrupted',
  failed: 'failed',
  diverged: 'diverged',
};
