import { MicrobatchError } from '../contracts/errors.ts';
import type { EvaluationFigures } from '../contracts/evaluations.ts';
import type { ToProbe } from '../contracts/probe-protocol.ts';
import { openDataset } from '../data/open-dataset.ts';
import { openExecutor } from '../engine/executors/registry.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import { createTrainer } from './create-trainer.ts';
import { ExampleTally } from './example-tally.ts';
import { standInInputs } from './traces.ts';

/** Evaluates a checkpoint on a split. Throws `checkpoint/...`, `data/...`, `evaluate/no-test-split`. */
export async function evaluateCheckpoint(question: Extract<ToProbe, { type: 'evaluate' }>): Promise<EvaluationFigures> {
  const { spec, run, checkpoint, split, resources, datasets, runtimes } = question;
  const { step, state } = await new CheckpointStore(run).load(checkpoint);
  const dataset = await openDataset({ ...spec.dataset, augment: false }, { resources, datasets });
  const images = split === 'test' ? await dataset.test() : dataset.validation;
  if (images === null) {
    throw new MicrobatchError({
      code: 'evaluate/no-test-split',
      message: `${spec.dataset.id} has no test split`,
      expected: 'validation',
    });
  }
  const executor = await openExecutor(spec.executor, { threads: spec.threads, runtimes });
  const trainer = await createTrainer(spec, executor, dataset, standInInputs(spec));
  await trainer.restore(state);
  const tally = new ExampleTally(dataset.description.classes);
  const { loss, accuracy, examples } = await trainer.evaluate(images, undefined, (logits, label) =>
    tally.see(logits, label),
  );
  return { checkpoint: step, split, loss, accuracy, n: examples, ...tally.figures() };
}
