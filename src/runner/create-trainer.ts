import { scheduledInstruments } from '../contracts/instrument-settings.ts';
import { microBatchSizeOf } from '../contracts/run-spec.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { OpenDataset } from '../data/open-dataset.ts';
import type { Executor } from '../engine/executors/executor.ts';
import { methodOf } from '../engine/methods/index.ts';
import { modelOf } from '../engine/models/index.ts';
import { openInstruments } from '../engine/instruments/index.ts';
import type { Instrument, InstrumentSetup } from '../engine/instruments/instrument.ts';
import { Trainer } from '../engine/training/trainer.ts';
import type { ResolvedInputs } from '../library/recorded-inputs.ts';

/** The trainer of a spec, at its first step. Throws what compiling its program throws. */
export function createTrainer(
  spec: RunSpec,
  executor: Executor,
  dataset: OpenDataset,
  inputs: ResolvedInputs,
): Promise<Trainer> {
  return Trainer.create({ ...setupOf(spec, executor, dataset, inputs), learningRate: inputs.learningRate });
}

/** The instruments of a spec. Throws `instrument/...` and what compiling their programs throws. */
export function createInstruments(
  spec: RunSpec,
  executor: Executor,
  dataset: OpenDataset,
  inputs: ResolvedInputs,
): Promise<Instrument[]> {
  const ids = scheduledInstruments(spec.instruments).map(({ id }) => id);
  return openInstruments(ids, setupOf(spec, executor, dataset, inputs));
}

function setupOf(spec: RunSpec, executor: Executor, dataset: OpenDataset, inputs: ResolvedInputs): InstrumentSetup {
  const { inputShape, classes } = dataset.train;
  return {
    executor,
    model: modelOf(spec.model, { inputShape, classes }),
    method: methodOf(spec, inputs.graftTrace),
    batchSize: spec.batchSize,
    microBatchSize: microBatchSizeOf(spec),
    seed: spec.seed,
    data: dataset.train,
  };
}
