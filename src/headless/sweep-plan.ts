import { availableParallelism } from 'node:os';
import type { TrialFigures } from '../contracts/probe-protocol.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { SweepDefinition } from '../contracts/sweeps.ts';
import { sourcesIn } from '../lab/library-sources.ts';
import { costKey, secondsByTrial } from '../lab/plan.ts';
import { Probes } from '../lab/probes.ts';
import { checkSpec } from '../lab/spec-checks.ts';
import { planSweep } from '../lab/sweeps/plan-sweep.ts';
import type { PlannedSweep } from '../lab/sweeps/plan-sweep.ts';
import type { Library } from '../library/library.ts';
import { paths } from './application.ts';
import { forkProcessHost } from './fork-process-host.ts';

/** Kinds of settings that are trained for a moment to know their time; a sweep over models could have hundreds. */
const mostTrials = 4;

/**
 * What a sweep would do, without writing anything. Where the library has no finished runs of its settings, up to four
 * kinds of them are trained for a moment; `library` is null where there is none yet. Throws `sweep/too-many`.
 */
export async function planWithTrials(
  definition: SweepDefinition,
  again: boolean,
  library: Library | null,
): Promise<PlannedSweep> {
  const records = library === null ? [] : (await library.runs.list()).records;
  const plan = (secondsOf: (spec: RunSpec) => number | null): PlannedSweep =>
    planSweep(definition, {
      records,
      check: checkIn(library, records),
      cores: availableParallelism(),
      again,
      secondsOf,
    });
  const first = plan(() => null);
  if (first.plan.seconds !== null || first.plan.problems.length > 0) return first;
  const kinds = new Map(first.toTrain.map(({ spec }) => [costKey(spec), spec]));
  const trials = new Map<string, TrialFigures>();
  const probes = new Probes(forkProcessHost, paths.probe);
  for (const [key, spec] of [...kinds].slice(0, mostTrials)) {
    trials.set(key, await probes.trial(spec, paths.resources));
  }
  return plan((spec) => {
    const trial = trials.get(costKey(spec));
    return trial === undefined ? null : secondsByTrial(spec, trial);
  });
}

function checkIn(library: Library | null, records: readonly RunRecord[]): (spec: RunSpec) => void {
  const byId = new Map(records.map((record) => [record.id, record]));
  const sources = sourcesIn(library?.folder ?? null, (run) => byId.get(run));
  return (spec) => checkSpec(spec, sources);
}
