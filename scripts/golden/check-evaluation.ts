import { crossEntropyOf, evaluateSplit } from '../../src/engine/training/evaluate.ts';
import type { TrainingSession } from '../../src/engine/training/training-session.ts';
import type { GoldenCase } from './case.ts';
import { limits, type Checks } from './checks.ts';
import { floats, integers, numbers } from './tensors.ts';

/** Evaluation mode after the last step: logits, loss, accuracy, and the average as the reference code reports it. */
export async function checkEvaluation(checks: Checks, golden: GoldenCase, session: TrainingSession): Promise<void> {
  const { final } = golden.figures;
  const images = floats(golden.tensors, 'eval/x');
  const labels = integers(golden.tensors, 'eval/y');
  const { classes, inputShape } = golden.model;
  const logits = await session.evaluate(images);
  for (const suffix of ['', '64']) {
    const name = `final/eval_logits${suffix}`;
    if (golden.tensors.has(name)) checks.absolute(name, logits, numbers(golden.tensors, name), limits.logit);
  }
  const split = { size: final.examples, classes, inputShape, read: () => ({ images, labels }) };
  const { loss, accuracy } = await evaluateSplit(session, split);
  checks.figure('final loss', loss, final.loss);
  checks.exact('final accuracy', 100 * accuracy, final.accuracy_percent);

  const losses = [...labels].map((label, example) =>
    crossEntropyOf(logits.subarray(example * classes, (example + 1) * classes), label),
  );
  let sumOfMeans = 0;
  for (let start = 0; start < losses.length; start += final.eval_batch) {
    const batch = losses.slice(start, start + final.eval_batch);
    sumOfMeans += batch.reduce((sum, value) => sum + value, 0) / batch.length;
  }
  checks.figure('final average test loss of the reference', sumOfMeans / losses.length, final.reference_avg_test_loss);
}
