import type { ErrorShape } from '../contracts/errors.ts';
import type { ApplicationBuild, MakerFacts } from '../contracts/provenance.ts';
import type { FromRunner, RunBeginning } from '../contracts/runner-protocol.ts';
import type {
  RepeatedRun,
  RunHistoryEntry,
  RunParent,
  RunRecord,
  RunStatus,
  SpecifiedRun,
} from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { groupHash, specHash } from '../library/spec-hash.ts';
import type { RunSummary } from './run-summary.ts';
import type { RunnerEnd } from './runner-client.ts';

/** A time in which the machine slept. */
export interface SleepGap {
  readonly from: Date;
  readonly to: Date;
}

/** The changes that a record goes through, as pure functions: record in, record out. */
type Change = (record: RunRecord) => RunRecord;

export function newRecord(options: {
  readonly id: string;
  readonly name: string;
  readonly spec: RunSpec;
  readonly createdAt: string;
  readonly sweep?: string | undefined;
  readonly parent?: RunParent | undefined;
  readonly repeats?: RepeatedRun | undefined;
  readonly maker: MakerFacts;
}): SpecifiedRun {
  const { id, name, spec, createdAt, sweep, parent, repeats, maker } = options;
  return {
    schema: 1,
    id,
    name,
    status: 'queued',
    spec,
    ...(parent === undefined ? {} : { parent }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(sweep === undefined ? {} : { sweep }),
    specHash: specHash(spec),
    groupHash: groupHash(spec),
    createdAt,
    startedAt: null,
    endedAt: null,
    process: null,
    step: parent?.step ?? 0,
    seconds: 0,
    best: null,
    final: {},
    resolved: null,
    provenance: { ...maker, dataHash: null, streams: null, starts: [] },
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

/** The machine slept while the run trained: its figures over time have a gap there. */
export function markSlept({ from, to }: SleepGap): Change {
  const reason = `from ${from.toISOString()} to ${to.toISOString()}, with the machine`;
  return (record) => withEvent(record, 'slept', { step: record.step, reason });
}

/** A queued run that will not start. */
export const markWithdrawn: Change = (record) => ({
  ...withEvent(record, 'stopped', { reason: record.startedAt === null ? 'it had not started' : 'it had not gone on' }),
  status: 'stopped',
  endedAt: now(),
});

/** A run that ended early and waits to go on from a checkpoint, or from its first step where it has none. */
export function markContinued(step: number): Change {
  return (record) => ({
    ...withEvent(record, 'resumed', { step, reason: `it was ${record.status} at step ${String(record.step)}` }),
    status: 'queued',
    endedAt: null,
    process: null,
    step,
    error: null,
  });
}

type Started = Extract<FromRunner, { type: 'started' }>;

/** What a training process found and goes on from, once it has read everything. */
export function noteStart(message: Started, build: ApplicationBuild): Change {
  const { resolved, dataHash, initialWeights, from, machine, streams } = message;
  const { executor, device, version, threads } = resolved;
  const start = { ...build, at: now(), step: from?.step ?? 0, executor, device, version, threads, machine };
  return (record) => ({
    ...(from === null ? record : noteBeginning(from)(record)),
    resolved,
    provenance: {
      ...record.provenance,
      dataHash,
      ...(initialWeights === undefined ? {} : { initialWeights }),
      streams,
      starts: [...record.provenance.starts, start],
    },
  });
}

/** What is worth knowing about the checkpoint that a process goes on from, such as that a newer one is damaged. */
function noteBeginning({ step, notes }: RunBeginning): Change {
  return (record) => (notes.length === 0 ? record : withEvent(record, 'resumed', { step, reason: notes.join('; ') }));
}

/** A run whose process was ended in order because its host closed: it rests, and can go on from its checkpoint. */
export function markSuspended(end: Extract<RunnerEnd, { type: 'finished' }>, summary: RunSummary): Change {
  const { step, seconds } = end;
  return (record) => ({
    ...withEvent(record, 'paused', { step, reason: 'the program that trained it was closed' }),
    status: 'paused',
    step,
    seconds,
    best: summary.best,
    final: summary.final,
    process: null,
  });
}

/** Whether a run rests without a process. */
export const isSuspended = ({ status, process }: RunRecord): boolean => status === 'paused' && process === null;

/** A run that rested without a process and will not go on. */
export const markGivenUp: Change = (record) => ({
  ...withEvent(record, 'stopped', { step: record.step }),
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
  step: record.parent?.step ?? 0,
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
  const remedy = 'resume it: it goes on from its last checkpoint';
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
