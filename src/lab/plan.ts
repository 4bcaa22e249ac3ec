import type { PlanEstimate } from '../contracts/api.ts';
import type { PlanFigures } from '../contracts/probe-protocol.ts';
import { hasSpec } from '../contracts/run-record.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { groupHash } from '../library/spec-hash.ts';
import { mean } from '../statistics/summary.ts';

/** Figures of a planned run. Its time comes from finished runs of the same setting, scaled to its steps, or is unknown. */
export function estimatePlan(spec: RunSpec, figures: PlanFigures, records: readonly RunRecord[]): PlanEstimate {
  const setting = settingHash(spec);
  const secondsPerStep = records
    .filter(hasSpec)
    .filter((record) => record.status === 'done' && record.step > 0 && settingHash(record.spec) === setting)
    // Another machine took its own time.
    .filter(({ origin }) => origin === undefined)
    .map((record) => record.seconds / record.step);
  return {
    parameters: figures.parameters,
    gradientEvaluationsPerStep: figures.gradientEvaluationsPerStep,
    operationsPerStep: figures.operationsPerStep,
    secondsPerRun: secondsPerStep.length === 0 ? null : mean(secondsPerStep) * spec.steps,
  };
}

/** What decides the time of a step: all but the seed and the number of steps. */
function settingHash(spec: RunSpec): string {
  return groupHash({ ...spec, steps: 1 });
}
