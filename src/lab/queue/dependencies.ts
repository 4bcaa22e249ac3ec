import { MicrobatchError } from '../../contracts/errors.ts';
import { finishedStatuses } from '../../contracts/run-record.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { QueueEntry } from '../../contracts/queue.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';

/** What a spec can take from its library: recorded traces and imported weights. */
export interface Sources {
  readonly find: (run: string) => RunRecord | undefined;
  /** Whether an imported trace has this id: it waits for nothing. */
  readonly hasTrace: (id: string) => boolean;
  /** Whether there are imported weights with this id. */
  readonly hasWeights: (id: string) => boolean;
  /** Reads the traces of runs that a spec takes. Throws `trace/...` where one lacks the column or ends too early. */
  readonly requireTraces: (spec: RunSpec) => void;
}
type Readiness = Pick<QueueEntry, 'state' | 'reason'>;

interface Source {
  readonly run: string;
  /** Whether its trace must reach every step: the mean of a trace needs the whole source instead. */
  readonly byStep: boolean;
}

/** The runs whose recorded traces a spec takes. */
export function sourcesOf({ graft, learningRate }: RunSpec): Source[] {
  const sources: Source[] = [];
  if (graft !== undefined && 'trace' in graft && 'run' in graft.trace) {
    sources.push({ run: graft.trace.run, byStep: true });
  }
  if (typeof learningRate === 'object' && 'run' in learningRate.trace) {
    sources.push({ run: learningRate.trace.run, byStep: false });
  }
  return sources;
}

/**
 * Refuses a spec that takes weights or the trace of a run that are not there, or of a run that waits for itself in the
 * end. A trace that grows no more must reach as far as the spec does; of a run that is still to train, its runner will
 * see. Throws `weights/unknown`, `trace/...`, `queue/cycle`.
 */
export function requireSources(spec: RunSpec, sources: Sources): void {
  const { initialWeights } = spec;
  if (initialWeights !== undefined && !sources.hasWeights(initialWeights.weights)) {
    throw new MicrobatchError({
      code: 'weights/unknown',
      message: `the spec begins with the weights ${initialWeights.weights}, which are not in this library`,
      expected: 'the whole id of imported weights of this library',
      remedy: '`microbatch import FILE` imports weights and shows their id',
    });
  }
  const taken = sourcesOf(spec);
  for (const { run } of taken) {
    if (sources.hasTrace(run)) continue;
    if (sources.find(run) === undefined) {
      throw new MicrobatchError({
        code: 'trace/unknown-run',
        message: `the spec takes the trace of run ${run}, which is not in this library`,
        expected: 'the whole id of a run of this library, trained or still queued',
        remedy: '`microbatch list` shows the ids',
      });
    }
    const cycle = cycleFrom(run, sources, []);
    if (cycle === null) continue;
    throw new MicrobatchError({
      code: 'queue/cycle',
      message: `the spec takes the trace of run ${run}, which waits for itself: ${cycle.join(' waits for ')}`,
      expected: 'a source that can be trained without this run',
    });
  }
  if (taken.length > 0 && taken.every((source) => sourceReadiness(spec, source, sources).state === 'ready')) {
    sources.requireTraces(spec);
  }
}

/** Whether a queued run could start now, as far as other runs are concerned. */
export function readinessOf(record: RunRecord, sources: Sources): Readiness {
  const { spec } = record;
  if (spec === null) return { state: 'blocked', reason: 'It has no spec.' };
  const cycle = cycleFrom(record.id, sources, []);
  if (cycle !== null) return { state: 'blocked', reason: `It waits for itself: ${cycle.join(' waits for ')}.` };
  const states = sourcesOf(spec).map((source) => sourceReadiness(spec, source, sources));
  return states.find(({ state }) => state === 'blocked') ?? states.find(({ state }) => state === 'waiting') ?? ready;
}

const ready: Readiness = { state: 'ready', reason: null };

function sourceReadiness({ steps }: RunSpec, { run, byStep }: Source, sources: Sources): Readiness {
  if (sources.hasTrace(run)) return ready;
  const source = sources.find(run);
  if (source === undefined) {
    return { state: 'blocked', reason: `It takes the trace of run ${run}, which is not in this library any more.` };
  }
  const named = `${source.name} (${source.id})`;
  if (source.status === 'done' || source.origin !== undefined) return ready;
  if (finishedStatuses.includes(source.status)) {
    // A trace that is long enough is as good as that of a run that went on.
    if (byStep && source.step >= steps) return ready;
    const end = `${source.status} at step ${String(source.step)}`;
    return {
      state: 'blocked',
      reason: `It takes the trace of ${named}, which is ${end}: resume or retry that one first.`,
    };
  }
  if (source.status === 'queued' && readinessOf(source, sources).state === 'blocked') {
    return { state: 'blocked', reason: `It takes the trace of ${named}, which is blocked itself.` };
  }
  return { state: 'waiting', reason: `It takes the trace of ${named}, which is ${source.status}.` };
}

/** The way from a run over its sources back to itself, or null. Only queued runs wait. */
function cycleFrom(run: string, sources: Sources, path: readonly string[]): string[] | null {
  const start = path.indexOf(run);
  if (start !== -1) return [...path.slice(start), run];
  const record = sources.find(run);
  if (record?.status !== 'queued' || record.spec === null) return null;
  for (const source of sourcesOf(record.spec)) {
    const cycle = cycleFrom(source.run, sources, [...path, run]);
    if (cycle !== null) return cycle;
  }
  return null;
}
