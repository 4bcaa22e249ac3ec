import { canonicalJson } from '../../../../contracts/canonical-json.ts';
import { methods } from '../../../../contracts/methods.ts';
import { hasSpec } from '../../../../contracts/run-record.ts';
import type { RunRecord, RunStatus, SpecifiedRun } from '../../../../contracts/run-record.ts';
import { runSpec } from '../../../../contracts/run-spec.ts';
import type { RunSpec } from '../../../../contracts/run-spec.ts';
import { mean } from '../../../../statistics/summary.ts';
import { methodFieldNames } from '../draft/draft.ts';
import type { Axis, Combination } from '../draft/sweep.ts';
import type { Json } from '../fields/json.ts';

/** What queueing a valid draft would do: a row a setting, a cell a seed. */
export interface Plan {
  readonly axes: readonly Axis[];
  readonly seeds: readonly number[];
  readonly rows: readonly PlannedRow[];
}

export interface PlannedRow {
  /** Values of the axes that make this setting. */
  readonly values: readonly Json[];
  /** The setting, with the first seed. */
  readonly spec: RunSpec;
  readonly cells: readonly PlannedCell[];
}

export interface PlannedCell {
  readonly seed: number;
  /** A run that has this very spec, so that there is nothing to train. */
  readonly existing: SpecifiedRun | null;
}

/** Statuses of a run whose result is there, or will be. What failed or was stopped has none. */
const standing: readonly RunStatus[] = ['done', 'running', 'paused', 'queued', 'diverged'];

export function makePlan(
  combinations: readonly Combination[],
  axes: readonly Axis[],
  seeds: readonly number[],
  records: readonly RunRecord[],
): Plan {
  const known = standingRuns(records);
  const rows = combinations.map(({ document, values }): PlannedRow => {
    const spec = runSpec.parse({ ...document, seed: seeds[0] });
    const setting = keyWithoutSeed(spec);
    return {
      values,
      spec,
      cells: seeds.map((seed) => ({ seed, existing: known.get(`${setting}|${String(seed)}`) ?? null })),
    };
  });
  return { axes, seeds, rows };
}

/** The best standing run of every spec, by setting and seed. */
function standingRuns(records: readonly RunRecord[]): Map<string, SpecifiedRun> {
  const known = new Map<string, SpecifiedRun>();
  for (const record of records.filter(hasSpec)) {
    const rank = standing.indexOf(record.status);
    if (rank < 0) continue;
    const key = `${keyWithoutSeed(record.spec)}|${String(record.spec.seed)}`;
    const other = known.get(key);
    if (other === undefined || rank < standing.indexOf(other.status)) known.set(key, record);
  }
  return known;
}

/** Keys of specs are asked for at every key press, over all runs of the library: each is made once. */
function onceEach(make: (spec: RunSpec) => string): (spec: RunSpec) => string {
  const known = new WeakMap<RunSpec, string>();
  return (spec) => {
    const key = known.get(spec) ?? make(spec);
    known.set(spec, key);
    return key;
  };
}

const keyWithoutSeed = onceEach((spec) => canonicalJson({ ...spec, seed: undefined }));

/** What decides the time of a step apart from the method. */
const keyWithoutMethod = onceEach((spec) => {
  const shared = Object.entries(spec).filter(([name]) => !methodFieldNames.has(name));
  return canonicalJson({ ...Object.fromEntries(shared), method: '', seed: 0, steps: 0 });
});

/** Seeds of a row that would be queued: those without a run, or all of them `again`. */
export const seedsToQueue = (row: PlannedRow, again: boolean): number[] =>
  row.cells.filter((cell) => again || cell.existing === null).map((cell) => cell.seed);

export const countToQueue = (plan: Plan, again: boolean): number =>
  plan.rows.reduce((sum, row) => sum + seedsToQueue(row, again).length, 0);

export const existingOf = (plan: Plan): SpecifiedRun[] =>
  plan.rows.flatMap((row) => row.cells.flatMap((cell) => cell.existing ?? []));

/** Time of a plan: each setting's seconds a run times its runs, as many side by side as the cores carry. */
export interface PlanTime {
  readonly seconds: number;
  readonly sideBySide: number;
}

/** Null while the time of any setting is unknown. `secondsOf` gives seconds of one run of a row. */
export function planTime(
  plan: Plan,
  again: boolean,
  secondsOf: (row: PlannedRow) => number | null,
  cores: number,
): PlanTime | null {
  const threads = Math.max(1, ...plan.rows.map((row) => row.spec.threads));
  const sideBySide = Math.max(1, Math.floor(cores / threads));
  let total = 0;
  let longest = 0;
  for (const row of plan.rows) {
    const runs = seedsToQueue(row, again).length;
    if (runs === 0) continue;
    const seconds = secondsOf(row);
    if (seconds === null) return null;
    total += seconds * runs;
    longest = Math.max(longest, seconds);
  }
  const waves = Math.min(sideBySide, Math.max(1, countToQueue(plan, again)));
  return { seconds: Math.max(longest, total / waves), sideBySide: waves };
}

/** In shorter runs the first steps and the noise of the machine outweigh what a step costs. */
const leastSeconds = 3;

/**
 * How long a step of this method takes here, in steps of large batch of the same setting: from finished runs of
 * some seconds; null where one of the two has none.
 */
export function measuredRatio(spec: RunSpec, records: readonly RunRecord[]): number | null {
  if (methods.find(({ id }) => id === spec.method)?.family === 'plain') return null;
  const setting = keyWithoutMethod(spec);
  const secondsPerStep = (method: string): number[] =>
    records
      .filter(hasSpec)
      // Another machine took its own time.
      .filter(({ origin }) => origin === undefined)
      .filter(({ status, step, seconds }) => status === 'done' && step > 0 && seconds >= leastSeconds)
      .filter((record) => record.spec.method === method)
      .filter((record) => keyWithoutMethod(record.spec) === setting)
      .map((record) => record.seconds / record.step);
  const own = secondsPerStep(spec.method);
  const baseline = secondsPerStep('large-batch');
  return own.length === 0 || baseline.length === 0 ? null : mean(own) / mean(baseline);
}
