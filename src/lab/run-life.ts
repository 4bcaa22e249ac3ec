import type { ErrorShape } from '../contracts/errors.ts';
import type { RunHistoryEntry, RunRecord, RunStatus, SpecifiedRun } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { groupHash, specHash } from '../library/spec-hash.ts';
import type { RunSummary } from './run-summary.ts';
import type { RunnerEnd } from './runner-client.ts';

/** The changes that a record goes through, as pure functions: record in, record out. */
type Change = (record: RunRecord) => RunRecord;

export function newRecord(options: {
  readonly id: string;
  readonly name: string;
  readonly spec: RunSpec;
  readonly createdAt: string;
  readonly sweep?: string | undefined;
  readonly provenance: Omit<RunRecord['provenance'], 'dataHash'>;
}): SpecifiedRun {
  const { id, name, spec, createdAt, sweep, provenance } = options;
  return {
    schema: 1,
    id,
    name,
    status: 'queued',
    spec,
    ...(sweep === undefined ? {} : { sweep }),
    specHash: specHash(spec),
    groupHash: groupHash(spec),
    createdAt,
    startedAt: null,
    endedAt: null,
    process: null,
    step: 0,
    seconds: 0,
    best: null,
    final: {},
    resolved: null,
    provenance: { ...provenance, dataHash: null },
    error: null,
    history: [{ at: createdAt, event: 'created' }],
  };
}

export function markRunning(process: RunRecord['process']): Change {
  return (record) => ({
    ...withEvent(record, 'started'),
    status: 'running',
    startedAt: record.startedAt ?? now(),
    process,
  });
}

export function markPaused(step: number, seconds: number): Change {
  return (record) => ({ ...withEvent(record, 'paused', { step }), status: 'paused', step, seconds });
}

export function markResumed(step: number): Change {
  return (record) => ({ ...withEvent(record, 'resumed', { step }), status: 'running' });
}

/** A queued run that will not start. */
export const markWithdrawn: Change = (record) => ({
  ...withEvent(record, 'stopped', { reason: 'it had not started' }),
  status: 'stopped',
  endedAt: now(),
});

/** A run that ended early and waits to be trained from its first step again. Its history goes on. */
export const markRetried: Change = (record) => ({
  ...withEvent(record, 'retried', { step: record.step, reason: `it was ${record.status}` }),
  status: 'queued',
  startedAt: null,
  endedAt: null,
  process: null,
  step: 0,
  seconds: 0,
  best: null,
  final: {},
  resolved: null,
  error: null,
});

/**
 * The end of a run as its process told it, or as its death showed, with what its metrics hold. `problem` says why its
 * metrics could not be read.
 */
export function markEnded(end: RunnerEnd, summary: RunSummary, problem: ErrorShape | null): Change {
  const error = end.type === 'finished' ? problem : honest(end);
  const step = end.type === 'lost' ? summary.step : end.step;
  const reason = end.type === 'finished' ? end.reason : end.error.message;
  const status = endStatus(end);
  return (record) => ({
    ...withEvent(record, status, { step, ...(reason === undefined ? {} : { reason }) }),
    status,
    step,
    seconds: end.type === 'finished' ? end.seconds : summary.seconds,
    best: summary.best,
    final: summary.final,
    endedAt: now(),
    process: null,
    error,
  });
}

/** The end of a run whose host died with it, found when the library is opened again. */
export const abandoned: RunnerEnd = {
  type: 'lost',
  error: { code: 'runner/died', message: 'the program that trained it ended before the run did' },
};

type EndStatus = Extract<RunStatus, 'done' | 'stopped' | 'diverged' | 'failed' | 'interrupted'>;

function endStatus(end: RunnerEnd): EndStatus {
  switch (end.type) {
    case 'finished':
      return end.outcome;
    case 'failed':
      return 'failed';
    case 'lost':
      return 'interrupted';
  }
}

/** What an interrupted run can still offer, said where its error is shown. */
function honest(end: Exclude<RunnerEnd, { type: 'finished' }>): ErrorShape {
  if (end.type === 'failed') return end.error;
  const remedy = 'what it recorded is kept; this version cannot go on from it, start a new run with the same settings';
  return { remedy, ...end.error };
}

function withEvent(
  record: RunRecord,
  event: RunHistoryEntry['event'],
  details: Omit<RunHistoryEntry, 'at' | 'event'> = {},
): RunRecord {
  return { ...record, history: [...record.history, { at: now(), event, ...details }] };
}

function now(): string {
  return new Date().toISOString();
}
