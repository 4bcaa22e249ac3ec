import type { DataSource } from './data-source.ts';
import type { TrainingSession } from './training-session.ts';

export interface Evaluation {
  /** Mean cross-entropy over the examples, nats. */
  readonly loss: number;
  /** Share of examples whose greatest logit is their class; the first greatest counts. */
  readonly accuracy: number;
  readonly examples: number;
}

/** Hears what share of a split is done, from 0 to 1. */
export type ReportShare = (share: number) => void;

/** Sees the logits of each example, in order, and its class. */
export type SeeExample = (logits: Float32Array, label: number) => void;

/** Loss and accuracy over a whole split in evaluation mode, summed in double precision. */
export async function evaluateSplit(
  session: TrainingSession,
  source: DataSource,
  report: ReportShare = () => undefined,
  see: SeeExample = () => undefined,
): Promise<Evaluation> {
  let loss = 0;
  let correct = 0;
  for (let start = 0; start < source.size; start += session.evaluationSize) {
    const count = Math.min(session.evaluationSize, source.size - start);
    const { images, labels } = source.read(Uint32Array.from({ length: count }, (_, index) => start + index));
    const logits = await session.evaluate(images);
    for (const [example, label] of labels.entries()) {
      const row = logits.subarray(example * source.classes, (example + 1) * source.classes);
      see(row, label);
      loss += crossEntropyOf(row, label);
      if (greatestIndex(row) === label) correct += 1;
    }
    report((start + count) / source.size);
  }
  return { loss: loss / source.size, accuracy: correct / source.size, examples: source.size };
}

/** ln sum_k e^(z_k) - z_label, shifted by the greatest logit. */
export function crossEntropyOf(logits: Float32Array, label: number): number {
  const greatest = logits.reduce((left, right) => Math.max(left, right), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - greatest), 0);
  return greatest + Math.log(sum) - (logits[label] ?? Number.NaN);
}

function greatestIndex(row: Float32Array): number {
  return row.reduce((best, value, index) => (value > (row[best] ?? Number.NaN) ? index : best), 0);
}
