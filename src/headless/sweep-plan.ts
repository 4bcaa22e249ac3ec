import { availableParallelism } from 'node:os';
import type { RunRecord } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { SweepDefinition } from '../contracts/sweeps.ts';
import { costKey } from '../lab/plan.ts';
import { Probes } from '../lab/probes.ts';
import { checkSpec } from '../lab/spec-checks.ts';
import { planSweep } from '../lab/sweeps/plan-sweep.ts';
import type { PlannedSweep } from '../lab/sweeps/plan-sweep.ts';
import type { Library } from '../library/library.ts';
import { TraceStore } from '../library/trace-store.ts';
import { WeightsStore } from '../library/weights/weights-store.ts';
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
  const costs = new Map<string, { step: number; evaluation: number }>();
  const probes = new Probes(forkProcessHost, paths.probe);
  for (const [key, spec] of [...kinds].slice(0, mostTrials)) {
    const { secondsPerStep, secondsPerEvaluation } = await probes.trial(spec, paths.resources);
    costs.set(key, { step: secondsPerStep, evaluation: secondsPerEvaluation });
  }
  return plan((spec) => {
    const cost = costs.get(costKey(spec));
    if (cost === undefined) return null;
    return spec.steps * cost.step + Math.ceil(spec.steps / spec.evaluateEvery) * cost.evaluation;
  });
}

function checkIn(library: Library | null, records: readonly RunRecord[]): (spec: RunSpec) => void {
  const byId = new Map(records.map((record) => [record.id, record]));
  const traces = library === null ? null : new TraceStore(library.folder);
  const weights = library === null ? null : new WeightsStore(library.folder);
  const sources = {
    find: (run: string) => byId.get(run),
    hasTrace: (id: string) => traces?.has(id) ?? false,
    hasWeights: (id: string) => weights?.has(id) ?? false,
  };
  return (spec) => checkSpec(spec, sources);
}
