import type { EvaluationFigures } from '../contracts/evaluations.ts';

const binCount = 15;
const topCount = 5;

/** Counts what the logits of examples say beside loss and accuracy. */
export class ExampleTally {
  readonly #names: readonly string[];
  readonly #confusion: number[][];
  readonly #bins = Array.from({ length: binCount }, () => ({ n: 0, confidence: 0, correct: 0 }));
  #amongTop = 0;
  #seen = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#confusion = names.map(() => names.map(() => 0));
  }

  /** An example's logits and its class. Of equal logits the first counts as the greater, as in the accuracy. */
  see(logits: Float32Array, label: number): void {
    const own = logits[label] ?? Number.NaN;
    const before = [...logits].filter((logit, index) => logit > own || (logit === own && index < label)).length;
    const predicted = logits.reduce((best, logit, index) => (logit > (logits[best] ?? Number.NaN) ? index : best), 0);
    const greatest = logits[predicted] ?? Number.NaN;
    const confidence = 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0);
    this.#seen += 1;
    if (before < topCount) this.#amongTop += 1;
    const row = this.#confusion[label];
    if (row !== undefined) row[predicted] = (row[predicted] ?? 0) + 1;
    const bin = this.#bins[Math.min(binCount - 1, Math.floor(confidence * binCount))];
    if (bin === undefined) return;
    bin.n += 1;
    bin.confidence += confidence;
    if (predicted === label) bin.correct += 1;
  }

  figures(): Pick<EvaluationFigures, 'top5' | 'classes' | 'confusion' | 'calibration'> {
    const filled = this.#bins.filter(({ n }) => n > 0);
    return {
      top5: this.#amongTop / this.#seen,
      classes: this.#names.map((name, label) => {
        const row = this.#confusion[label] ?? [];
        return { name, n: row.reduce((sum, count) => sum + count, 0), correct: row[label] ?? 0 };
      }),
      confusion: this.#confusion,
      calibration: {
        error: filled.reduce((sum, { confidence, correct }) => sum + Math.abs(correct - confidence), 0) / this.#seen,
        bins: this.#bins.map(({ n, confidence, correct }) => ({
          n,
          confidence: n === 0 ? null : confidence / n,
          accuracy: n === 0 ? null : correct / n,
        })),
      },
    };
  }
}
