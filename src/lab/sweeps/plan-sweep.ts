import { canonicalJson } from '../../contracts/canonical-json.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord, RunStatus, SpecifiedRun } from '../../contracts/run-record.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import type { SweepDefinition, SweepPlan, SweepValues } from '../../contracts/sweeps.ts';
import { expectedSeconds, measuredPaces } from '../plan.ts';
import { expandSweep, specsInOrder } from './expand.ts';
import type { CheckSpec } from './expand.ts';

/** Statuses of a run whose result is there, or will be. What failed or was stopped has none. */
const standing: readonly RunStatus[] = ['done', 'running', 'paused', 'queued', 'diverged'];
const mostRows = 100;

export interface PlannedSweep {
  readonly plan: SweepPlan;
  /** What would be trained, in its order. */
  readonly toTrain: readonly { readonly spec: RunSpec; readonly values: SweepValues }[];
  readonly settings: readonly { readonly groupHash: string; readonly values: SweepValues }[];
}

export interface PlanOptions {
  readonly records: readonly RunRecord[];
  readonly check: CheckSpec;
  readonly cores: number;
  /** Train also what has a run already. */
  readonly again: boolean;
  /** Seconds of one run where the library cannot tell; null for unknown. */
  readonly secondsOf?: (spec: RunSpec) => number | null;
}

/** What a sweep would do, without doing it. Throws `sweep/too-many`. */
export function planSweep(definition: SweepDefinition, options: PlanOptions): PlannedSweep {
  const { records, check, cores, again, secondsOf = () => null } = options;
  const expansion = expandSweep(definition, check);
  const known = standingRuns(records);
  const paces = measuredPaces(records);
  const all = specsInOrder(expansion).map((one) => ({ ...one, existing: known.get(one.hash) }));
  const toTrain = all.filter(({ existing }) => again || existing === undefined);
  const times = new Map(
    expansion.settings.map(({ groupHash, specs: [spec] }) => [
      groupHash,
      spec === undefined ? null : (expectedSeconds(spec, paces) ?? secondsOf(spec)),
    ]),
  );
  const byHash = new Map(
    expansion.settings.flatMap((setting) => setting.specs.map((spec) => [spec, setting] as const)),
  );
  const secondsOfRun = (spec: RunSpec): number | null => times.get(byHash.get(spec)?.groupHash ?? '') ?? null;
  return {
    toTrain,
    settings: expansion.settings.map(({ groupHash, values }) => ({ groupHash, values })),
    plan: {
      settings: expansion.settings.length,
      seeds: [...expansion.seeds],
      runs: toTrain.length,
      existing: again
        ? []
        : all.flatMap(({ existing, values, spec }) =>
            existing === undefined ? [] : [{ run: existing.id, name: existing.name, values, seed: spec.seed }],
          ),
      repeated: expansion.repeated,
      problems: [...expansion.problems],
      seconds: wallTime(
        toTrain.map(({ spec }) => ({ seconds: secondsOfRun(spec), threads: spec.threads })),
        cores,
      ),
      bytes: toTrain.reduce((sum, { spec }) => sum + metricBytes(spec), 0),
      checkpointBytes: checkpointBytes(
        toTrain.map(({ spec }) => spec),
        records,
      ),
      rows: expansion.settings.slice(0, mostRows).map(({ groupHash, values, specs }) => ({
        values,
        seconds: times.get(groupHash) ?? null,
        toTrain: toTrain.filter(({ spec }) => specs.includes(spec)).length,
      })),
    },
  };
}

/** The best standing run of every spec. */
function standingRuns(records: readonly RunRecord[]): Map<string, SpecifiedRun> {
  const known = new Map<string, SpecifiedRun>();
  for (const record of records.filter(hasSpec)) {
    const rank = standing.indexOf(record.status);
    const other = known.get(record.specHash);
    if (rank >= 0 && (other === undefined || rank < standing.indexOf(other.status))) known.set(record.specHash, record);
  }
  return known;
}

/** As many side by side as the cores carry, and never less than the longest run. */
function wallTime(runs: readonly { seconds: number | null; threads: number }[], cores: number): number | null {
  let work = 0;
  let longest = 0;
  for (const { seconds, threads } of runs) {
    if (seconds === null) return null;
    work += seconds * Math.min(cores, threads);
    longest = Math.max(longest, seconds);
  }
  return Math.max(longest, work / cores);
}

/** States that a run keeps at most: its last, one behind it, its best, and those of its schedule. */
function keptStates({ steps, checkpoints = { keepBest: true } }: RunSpec): number {
  const { every, perDecade, keepBest } = checkpoints;
  const scheduled = every === undefined ? 0 : Math.floor(steps / every);
  const spaced = perDecade === undefined ? 0 : Math.ceil(perDecade * Math.log10(Math.max(1, steps))) + 1;
  return 2 + Number(keepBest) + scheduled + spaced;
}

const bytesPerParameter = 4;

/** By the parameters that runs of the same net on the same data have; null where there is none of some net. */
function checkpointBytes(specs: readonly RunSpec[], records: readonly RunRecord[]): number | null {
  const netOf = ({ model, dataset }: RunSpec): string => canonicalJson([model, dataset.id, dataset.resize]);
  const parameters = new Map(
    records
      .filter(hasSpec)
      .flatMap(({ spec, resolved }) => (resolved === null ? [] : [[netOf(spec), resolved.parameters] as const])),
  );
  let bytes = 0;
  for (const spec of specs) {
    const count = parameters.get(netOf(spec));
    if (count === undefined) return null;
    bytes += count * bytesPerParameter * keptStates(spec);
  }
  return bytes;
}

/** Series that every run records at each logging step and at each evaluation, roughly. */
const loggedSeries = 9;
const evaluatedSeries = 2;
/** A point in metrics.sqlite, and what the folder of a run takes without any. */
const bytesPerPoint = 22;
const bytesPerRun = 24_000;

function metricBytes({ steps, logEvery, evaluateEvery, instruments = [] }: RunSpec): number {
  const points =
    (loggedSeries + instruments.length) * Math.ceil(steps / logEvery) +
    evaluatedSeries * Math.ceil(steps / evaluateEvery);
  return bytesPerRun + bytesPerPoint * points;
}
