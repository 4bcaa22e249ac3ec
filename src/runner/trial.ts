import process from 'node:process';
import type { ToProbe, TrialFigures } from '../contracts/probe-protocol.ts';
import { instrumentEvaluationsPerStep } from '../contracts/instrument-cost.ts';
import { microBatchCount, microBatchSizeOf } from '../contracts/run-spec.ts';
import { openDataset } from '../data/open-dataset.ts';
import { gradientEvaluations } from '../engine/training/cost.ts';
import { methodOf } from '../engine/methods/index.ts';
import { openExecutor } from '../engine/executors/registry.ts';
import type { Trainer } from '../engine/training/trainer.ts';
import { standInInputs } from '../library/recorded-inputs.ts';
import { createTrainer } from './create-trainer.ts';

/** Steps are timed for so long, milliseconds, and at least one. */
const timedMilliseconds = 1500;

/**
 * Trains a spec for a moment and measures what it takes. Steps of one micro-batch stand for a whole one, so that a
 * large batch does not have to be waited for. The time of a whole step, and of what instruments add to it, is theirs by
 * the number of image gradients.
 */
export async function tryOut({
  spec,
  resources,
  datasets,
  runtimes,
}: Extract<ToProbe, { type: 'trial' }>): Promise<TrialFigures> {
  const dataset = await openDataset(spec.dataset, { resources, datasets });
  const executor = await openExecutor(spec.executor, { threads: spec.threads, runtimes });
  const shortened = { ...spec, batchSize: microBatchSizeOf(spec) };
  const inputs = standInInputs(spec);
  const trainer = await createTrainer(shortened, executor, dataset, inputs);
  // The first step and the first evaluation warm up what later ones find ready.
  await trainer.takeStep();
  const secondsPerGradient = (await timeSteps(trainer)) / trainer.cost.gradientEvaluationsPerStep;
  await trainer.evaluate(dataset.validation);
  const secondsPerEvaluation = await secondsOf(() => trainer.evaluate(dataset.validation));
  const microBatches = Array.from({ length: microBatchCount(spec) }, () => microBatchSizeOf(spec));
  // Of a penalty on one micro-batch, the shortened step has seen that one.
  const ofStep = gradientEvaluations(methodOf(spec, inputs.graftTrace), microBatches, 0);
  const ofInstruments = instrumentEvaluationsPerStep(spec, dataset.train.size);
  return {
    executor: executor.description.name,
    secondsPerStep: secondsPerGradient * (ofStep + ofInstruments),
    secondsPerEvaluation,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** Mean seconds of a step. */
async function timeSteps(trainer: Trainer): Promise<number> {
  let steps = 0;
  const begin = performance.now();
  let now = begin;
  while (steps === 0 || now - begin < timedMilliseconds) {
    await trainer.takeStep();
    steps += 1;
    now = performance.now();
  }
  return (now - begin) / steps / 1000;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}
