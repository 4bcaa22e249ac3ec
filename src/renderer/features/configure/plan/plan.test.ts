import { describe, expect, it } from 'vitest';
import { methods } from '../../../../contracts/methods.ts';
import type { RunRecord } from '../../../../contracts/run-record.ts';
import { runSpec, runSpecShape } from '../../../../contracts/run-spec.ts';
import type { RunSpecInput } from '../../../../contracts/run-spec.ts';
import { methodOf as engineMethodOf } from '../../../../engine/methods/index.ts';
import { modelOf } from '../../../../engine/models/index.ts';
import { trainingCost } from '../../../../engine/training/cost.ts';
import { axesOf, combinationsOf } from '../draft/sweep.ts';
import { describeShape } from '../fields/field-tree.ts';
import { toJsonObject } from '../fields/json.ts';
import type { JsonObject } from '../fields/json.ts';
import { costsToCompare, gradientsPerStep } from './cost.ts';
import { countToQueue, existingOf, makePlan, measuredRatio, planTime, seedsToQueue } from './plan.ts';
import type { Plan } from './plan.ts';

const common = {
  model: { kind: 'convnet', widths: [8, 'pool'] },
  dataset: { id: 'fashion-mnist-small', trainSize: 500, resize: 14 },
  learningRate: 0.1,
  batchSize: 500,
  microBatchSize: 50,
  steps: 100,
} satisfies Partial<RunSpecInput>;
const penalised: JsonObject = { ...toJsonObject(common), method: 'gradient-norm', lambda: 0.03 };

function recordOf(spec: Partial<RunSpecInput>, rest: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: 1,
    id: 'abc',
    name: 'a run',
    status: 'done',
    spec: runSpec.parse({ ...penalised, ...spec }),
    specHash: '',
    groupHash: '',
    createdAt: '',
    startedAt: null,
    endedAt: null,
    process: null,
    step: 100,
    seconds: 20,
    best: null,
    final: {},
    resolved: null,
    provenance: { app: '', node: '', platform: '', dataHash: null, streams: null, starts: [] },
    error: null,
    history: [],
    ...rest,
  };
}

function planOf(document: JsonObject, seeds: readonly number[], records: readonly RunRecord[] = []): Plan {
  const axes = axesOf(describeShape(runSpecShape), document);
  return makePlan(combinationsOf(document, axes), axes, seeds, records);
}

describe('a plan', () => {
  it('has a row for every setting and a cell for every seed', () => {
    const plan = planOf({ ...penalised, lambda: [0.01, 0.03] }, [1, 2, 3]);
    expect(plan.rows.map((row) => [row.values, row.spec.lambda, row.cells.length])).toEqual([
      [[0.01], 0.01, 3],
      [[0.03], 0.03, 3],
    ]);
    expect(countToQueue(plan, false)).toBe(6);
  });

  it('leaves out runs that exist setting for setting, unless they are wanted again', () => {
    const plan = planOf({ ...penalised, lambda: [0.01, 0.03] }, [1, 2], [recordOf({ seed: 2 })]);
    expect(existingOf(plan).map(({ id }) => id)).toEqual(['abc']);
    expect(plan.rows.map((row) => seedsToQueue(row, false))).toEqual([[1, 2], [1]]);
    expect(countToQueue(plan, true)).toBe(4);
  });

  it('finds a run whatever the order in which its spec was written, and not one that differs anywhere', () => {
    const shuffled = Object.fromEntries(Object.entries(penalised).toReversed());
    expect(existingOf(planOf(shuffled, [1], [recordOf({})]))).toHaveLength(1);
    expect(existingOf(planOf({ ...penalised, threads: 2 }, [1], [recordOf({})]))).toHaveLength(0);
  });

  it('does not count on runs that have no result', () => {
    for (const status of ['failed', 'stopped', 'interrupted'] as const) {
      expect(existingOf(planOf(penalised, [1], [recordOf({}, { status })]))).toEqual([]);
    }
    for (const status of ['queued', 'running', 'diverged'] as const) {
      expect(existingOf(planOf(penalised, [1], [recordOf({}, { status })]))).toHaveLength(1);
    }
  });

  it('adds up its time, runs side by side as the cores allow', () => {
    const plan = planOf({ ...penalised, lambda: [0.01, 0.03] }, [1, 2]);
    expect(planTime(plan, false, () => 30, 1)).toEqual({ seconds: 120, sideBySide: 1 });
    expect(planTime(plan, false, () => 30, 2)).toEqual({ seconds: 60, sideBySide: 2 });
    expect(planTime(planOf({ ...penalised, threads: 2 }, [1, 2]), false, () => 30, 2)).toMatchObject({ sideBySide: 1 });
    expect(planTime(planOf(penalised, [1]), false, () => 30, 8)).toEqual({ seconds: 30, sideBySide: 1 });
  });

  it('has no time while that of one setting is unknown', () => {
    const plan = planOf({ ...penalised, lambda: [0.01, 0.03] }, [1]);
    expect(planTime(plan, false, (row) => (row.spec.lambda === 0.01 ? 5 : null), 2)).toBeNull();
  });

  it('compares the time of a step with large batch where both were measured', () => {
    const { lambda, ...plain } = penalised;
    expect(lambda).toBe(0.03);
    const large = { ...recordOf({}), spec: runSpec.parse({ ...plain, method: 'large-batch' }), seconds: 10, step: 100 };
    const own = recordOf({ lambda: 0.5, steps: 50 }, { seconds: 12, step: 50 });
    const spec = runSpec.parse(penalised);
    expect(measuredRatio(spec, [large, own])).toBeCloseTo(2.4);
    expect(measuredRatio(spec, [own])).toBeNull();
    // Half a second tells of the start of a run, not of its steps.
    expect(measuredRatio(spec, [{ ...large, seconds: 0.5 }, own])).toBeNull();
    expect(measuredRatio(large.spec, [large, own])).toBeNull();
  });
});

describe('what a step costs', () => {
  /** Values for every setting that some method needs. */
  const needed: Readonly<Record<string, unknown>> = {
    lambda: 0.1,
    radius: 0.05,
    alpha: 0.5,
    graft: { trace: { run: 'abc' }, mode: 'hold' },
  };
  const trace = { steps: [0, 1], values: [1, 1] };

  it.each(methods.map((method) => [method.id, method] as const))('is what the engine counts for %s', (id, method) => {
    const microBatchSize = id === 'small-batch' ? 500 : 50;
    const own = Object.fromEntries(method.required.map((name) => [name, needed[name]]));
    const spec = runSpec.parse({ ...common, ...own, microBatchSize, method: id });
    const counted = trainingCost({
      model: modelOf(spec.model, { inputShape: [1, 14, 14], classes: 10 }),
      method: engineMethodOf(spec, trace),
      microBatchSizes: [microBatchSize],
      microBatches: 500 / microBatchSize,
      evaluationSize: 1,
    });
    expect(gradientsPerStep(toJsonObject(spec), method)).toBe(counted.gradientEvaluationsPerStep / microBatchSize);
  });

  it('stands beside small batch and large batch', () => {
    expect(costsToCompare(penalised).map(({ method, gradients }) => [method.id, gradients])).toEqual([
      ['small-batch', 1],
      ['large-batch', 10],
      ['gradient-norm', 20],
    ]);
  });

  it('counts a sampled penalty once, where the method has one', () => {
    const method = methods.find(({ id }) => id === 'gradient-norm');
    if (method === undefined) throw new Error('no gradient norm');
    expect(gradientsPerStep({ ...penalised, sample: true }, method)).toBe(11);
    expect(gradientsPerStep({ ...penalised, sample: 0 }, method)).toBe(11);
    expect(gradientsPerStep({ ...penalised, sample: false }, method)).toBe(20);
  });

  it('is unknown while the sizes are not numbers', () => {
    expect(
      costsToCompare({ ...penalised, batchSize: 'x', microBatchSize: 50 }).map(({ gradients }) => gradients),
    ).toEqual([1]);
  });
});
