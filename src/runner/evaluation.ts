import { MicrobatchError } from '../contracts/errors.ts';
import type { EvaluationFigures } from '../contracts/evaluations.ts';
import type { ToProbe } from '../contracts/probe-protocol.ts';
import { openDataset } from '../data/open-dataset.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { Executor } from '../engine/executors/executor.ts';
import { openExecutor } from '../engine/executors/registry.ts';
import type { ReportShare } from '../engine/training/evaluate.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import { standInInputs } from '../library/recorded-inputs.ts';
import { createTrainer } from './create-trainer.ts';
import { ExampleTally } from './example-tally.ts';
import { readInitialWeights } from './initial-weights.ts';

/** Evaluates a checkpoint or imported weights on a split. Throws `checkpoint/...`, `weights/...`, `data/...`, `evaluate/no-test-split`. */
export async function evaluateNet(
  question: Extract<ToProbe, { type: 'evaluate' }>,
  report: ReportShare,
): Promise<EvaluationFigures> {
  const { spec, net, split, resources, datasets, runtimes } = question;
  const loaded = net.from === 'checkpoint' ? await new CheckpointStore(net.run).load(net.checkpoint) : null;
  const dataset = await openDataset({ ...spec.dataset, augment: false }, { resources, datasets });
  const images = split === 'test' ? await dataset.test() : dataset.validation;
  if (images === null) {
    throw new MicrobatchError({
      code: 'evaluate/no-test-split',
      message: `${spec.dataset.id} has no test split`,
      expected: 'validation',
    });
  }
  const weights = net.from === 'checkpoint' ? null : await readInitialWeights(spec, net.library, dataset.train);
  const executor = await openUsableExecutor(spec, runtimes);
  const trainer = await createTrainer(spec, executor, dataset, standInInputs(spec));
  if (loaded !== null) await trainer.restore(loaded.state);
  if (weights !== null) await trainer.load(weights);
  const tally = new ExampleTally(dataset.description.classes);
  const { loss, accuracy, examples } = await trainer.evaluate(images, report, (logits, label) =>
    tally.see(logits, label),
  );
  const { name } = executor.description;
  return { checkpoint: loaded?.step ?? null, split, executor: name, loss, accuracy, n: examples, ...tally.figures() };
}

/** The spec's executor, or where it cannot be used here the best that can: a net means the same on each. */
async function openUsableExecutor({ executor, threads }: RunSpec, runtimes: string): Promise<Executor> {
  try {
    return await openExecutor(executor, { threads, runtimes });
  } catch (error) {
    if (executor === 'auto' || !(error instanceof MicrobatchError) || !error.code.startsWith('executor/')) throw error;
    return openExecutor('auto', { threads, runtimes });
  }
}
