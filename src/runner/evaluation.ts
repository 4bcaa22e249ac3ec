import { MicrobatchError } from '../contracts/errors.ts';
import type { EvaluationFigures } from '../contracts/evaluations.ts';
import type { ToProbe } from '../contracts/probe-protocol.ts';
import { openDataset } from '../data/open-dataset.ts';
import { openExecutor } from '../engine/executors/registry.ts';
import type { ReportShare } from '../engine/training/evaluate.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import { createTrainer } from './create-trainer.ts';
import { ExampleTally } from './example-tally.ts';
import { readInitialWeights } from './initial-weights.ts';
import { standInInputs } from './traces.ts';

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
  const executor = await openExecutor(spec.executor, { threads: spec.threads, runtimes });
  const trainer = await createTrainer(spec, executor, dataset, standInInputs(spec));
  if (loaded !== null) await trainer.restore(loaded.state);
  if (weights !== null) await trainer.load(weights);
  const tally = new ExampleTally(dataset.description.classes);
  const { loss, accuracy, examples } = await trainer.evaluate(images, report, (logits, label) =>
    tally.see(logits, label),
  );
  return { checkpoint: loaded?.step ?? null, split, loss, accuracy, n: examples, ...tally.figures() };
}
