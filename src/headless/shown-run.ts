import type { ShownRun } from '../contracts/command-documents.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { summariseMetrics } from '../lab/run-summary.ts';
import type { Library } from '../library/library.ts';

/**
 * Records with the progress of this moment. While a run trains its run.json stands still, so its step, best and last
 * values come from its metrics, which another process writes meanwhile.
 */
export function withProgress(library: Library, record: RunRecord): RunRecord {
  if (record.process === null) return record;
  const { step, seconds, best, final } = summariseMetrics(library.runs.metricsFile(record.id));
  return { ...record, step, seconds, best, final };
}

/** A record as the command line's documents have it. */
export function shownRun(record: RunRecord): ShownRun {
  const { id, name, status, spec, origin, parent, repeats, sweep, specHash, groupHash, createdAt, startedAt, endedAt } =
    record;
  const { process, step, seconds, best, final, resolved, provenance, error, history } = record;
  return {
    run: id,
    name,
    status,
    spec,
    ...(origin === undefined ? {} : { origin }),
    ...(parent === undefined ? {} : { parent }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(sweep === undefined ? {} : { sweep }),
    specHash,
    groupHash,
    createdAt,
    startedAt,
    endedAt,
    process,
    step,
    seconds,
    best,
    final,
    resolved,
    provenance,
    error,
    history,
  };
}
