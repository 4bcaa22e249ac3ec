import { microBatchSizeOf } from '../contracts/run-spec.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { OpenDataset } from '../data/open-dataset.ts';
import type { Executor } from '../engine/executors/executor.ts';
import { methodOf } from '../engine/methods/index.ts';
import { modelOf } from '../engine/models/index.ts';
import { Trainer } from '../engine/training/trainer.ts';
import type { ResolvedInputs } from './traces.ts';

/** The trainer of a spec, at its first step. Throws what compiling its program throws. */
export function createTrainer(
  spec: RunSpec,
  executor: Executor,
  dataset: OpenDataset,
  inputs: ResolvedInputs,
): Promise<Trainer> {
  const { inputShape, classes } = dataset.train;
  return Trainer.create({
    executor,
    model: modelOf(spec.model, { inputShape, classes }),
    method: methodOf(spec, inputs.graftTrace),
    learningRate: inputs.learningRate,
    batchSize: spec.batchSize,
    microBatchSize: microBatchSizeOf(spec),
    seed: spec.seed,
    data: dataset.train,
  });
}
