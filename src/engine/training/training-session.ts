import { MicrobatchError } from '../../contracts/errors.ts';
import type { Executor, Session } from '../executors/executor.ts';
import type { ImageBatch } from './data-source.ts';
import { trainingProgram, type ProgramOptions } from './program.ts';

/** What one micro-batch gave, at the parameters of the step. */
export interface MicroBatchResult {
  readonly examples: number;
  /** Mean cross-entropy, nats. */
  readonly loss: number;
  readonly correct: number;
  /** R_j; undefined for methods without penalty. */
  readonly penalty: number | undefined;
  /** norm(grad ell_j)^2 */
  readonly lossGradientSquaredNorm: number;
}

export interface AppliedStep {
  /** norm(G) */
  readonly gradientNorm: number;
  /** norm((1/n) sum_j grad ell_j) */
  readonly lossGradientNorm: number;
}

/** A training program loaded on an executor: micro-batches go in one by one, then the step is applied. */
export class TrainingSession {
  readonly #session: Session;
  readonly #classes: number;
  readonly #evaluationSize: number;
  readonly #imageLength: number;
  /** One-hot labels by number of images, and the padded images of an incomplete evaluation batch: written again and again. */
  readonly #oneHot = new Map<number, Float32Array>();
  readonly #padded: Float32Array;

  private constructor(session: Session, { model, evaluationSize }: ProgramOptions) {
    this.#session = session;
    this.#classes = model.classes;
    this.#evaluationSize = evaluationSize;
    this.#imageLength = model.inputShape[0] * model.inputShape[1] * model.inputShape[2];
    this.#padded = new Float32Array(evaluationSize * this.#imageLength);
  }

  static async open(executor: Executor, options: ProgramOptions): Promise<TrainingSession> {
    return new TrainingSession(await executor.load(trainingProgram(options)), options);
  }

  /** Adds a micro-batch to the step's gradient; batch norm moves its running statistics once. */
  async accumulate(
    { images, labels }: ImageBatch,
    draws: Readonly<Record<string, Float32Array>> = {},
  ): Promise<MicroBatchResult> {
    const examples = labels.length;
    const result = await this.#session.run(`accumulate/${String(examples)}`, {
      images,
      labels: this.#oneHotRows(labels),
      ...draws,
    });
    return {
      examples,
      loss: scalar(result, 'loss'),
      correct: Math.round(scalar(result, 'correct')),
      penalty: result['penalty'] === undefined ? undefined : scalar(result, 'penalty'),
      lossGradientSquaredNorm: scalar(result, 'lossGradientSquaredNorm'),
    };
  }

  /** theta <- theta - scale G; the sums start again at zero. */
  async apply(scale: number): Promise<AppliedStep> {
    const result = await this.#session.run('apply', { scale: Float32Array.of(scale) });
    return {
      gradientNorm: Math.sqrt(scalar(result, 'gradientSquaredNorm')),
      lossGradientNorm: Math.sqrt(scalar(result, 'lossGradientSquaredNorm')),
    };
  }

  /** Logits [examples, classes] in evaluation mode, row-major; at most the evaluation size at a time. */
  async evaluate(images: Float32Array): Promise<Float32Array> {
    const full = images.length === this.#padded.length;
    if (!full) this.#padded.set(images);
    const { logits } = await this.#session.run('evaluate', { images: full ? images : this.#padded });
    return logits?.subarray(0, (images.length / this.#imageLength) * this.#classes) ?? new Float32Array();
  }

  get evaluationSize(): number {
    return this.#evaluationSize;
  }

  /** A state tensor of the program by its full name, such as `parameter/classifier.weight`. */
  read(name: string): Promise<Float32Array> {
    return this.#session.read(name);
  }

  write(name: string, data: Float32Array): Promise<void> {
    return this.#session.write(name, data);
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }

  #oneHotRows(labels: Int32Array): Float32Array {
    const rows = this.#oneHot.get(labels.length) ?? new Float32Array(labels.length * this.#classes);
    this.#oneHot.set(labels.length, rows);
    rows.fill(0);
    for (const [example, label] of labels.entries()) {
      if (label < 0 || label >= this.#classes) {
        throw new MicrobatchError({
          code: 'data/label-out-of-range',
          message: `an image is labelled ${String(label)}`,
          expected: `a class from 0 to ${String(this.#classes - 1)}`,
        });
      }
      rows[example * this.#classes + label] = 1;
    }
    return rows;
  }
}

function scalar(values: Readonly<Record<string, Float32Array>>, name: string): number {
  return values[name]?.[0] ?? Number.NaN;
}
