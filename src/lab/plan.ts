import type { PlanEstimate } from '../contracts/planning.ts';
import type { PlanFigures, TrialFigures } from '../contracts/probe-protocol.ts';
import { hasSpec } from '../contracts/run-record.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { groupHash } from '../library/spec-hash.ts';
import { mean } from '../statistics/summary.ts';

/** Figures of a planned run. Its time comes from finished runs of the same setting, scaled to its steps, or is unknown. */
export function estimatePlan(spec: RunSpec, figures: PlanFigures, records: readonly RunRecord[]): PlanEstimate {
  return {
    parameters: figures.parameters,
    gradientEvaluationsPerStep: figures.gradientEvaluationsPerStep,
    operationsPerStep: figures.operationsPerStep,
    secondsPerRun: expectedSeconds(spec, measuredPaces(records)),
  };
}

/** Mean seconds of a step of every setting that has finished runs. */
export type Paces = ReadonlyMap<string, number>;

export function measuredPaces(records: readonly RunRecord[]): Paces {
  const samples = new Map<string, number[]>();
  for (const record of records.filter(hasSpec)) {
    // Another machine took its own time.
    if (record.status !== 'done' || record.step === 0 || record.origin !== undefined) continue;
    const setting = settingHash(record.spec);
    samples.set(setting, [...(samples.get(setting) ?? []), record.seconds / record.step]);
  }
  return new Map([...samples].map(([setting, seconds]) => [setting, mean(seconds)]));
}

/** Seconds of a run from finished runs of the same setting; null where there are none. */
export function expectedSeconds(spec: RunSpec, paces: Paces): number | null {
  const pace = paces.get(settingHash(spec));
  return pace === undefined ? null : pace * spec.steps;
}

/** Seconds of a run by what a moment of training took. */
export function secondsByTrial(
  { steps, evaluateEvery }: RunSpec,
  { secondsPerStep, secondsPerEvaluation }: Pick<TrialFigures, 'secondsPerStep' | 'secondsPerEvaluation'>,
): number {
  return steps * secondsPerStep + Math.ceil(steps / evaluateEvery) * secondsPerEvaluation;
}

/** Specs that share it take about the same time a step: numbers that only scale an update are left out. */
export function costKey(spec: RunSpec): string {
  const scale = { learningRate: 1, lambda: undefined, radius: undefined, alpha: undefined, stopWhen: undefined };
  return settingHash({ ...spec, ...scale });
}

/** What decides the time of a step: all but the seed and the number of steps. */
function settingHash(spec: RunSpec): string {
  return groupHash({ ...spec, steps: 1 });
}
