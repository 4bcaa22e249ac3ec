import { MicrobatchError } from '../../contracts/errors.ts';
import type { Executor, Session } from '../executors/executor.ts';
import type { Draw } from '../graph/draws.ts';
import type { ImageBatch, NumberedBatch } from './data-source.ts';
import { trainingProgram, type ProgramOptions, type TrainingProgram } from './program.ts';

/** What one micro-batch gave, at the parameters of the step. */
export interface MicroBatchResult {
  readonly examples: number;
  /** Mean cross-entropy, nats. */
  readonly loss: number;
  readonly correct: number;
  /** R_j; undefined where this micro-batch is not penalised. */
  readonly penalty: number | undefined;
  /** norm(grad ell_j)^2 */
  readonly lossGradientSquaredNorm: number;
  /** The loss at the parameters of this micro-batch's own ascent; undefined where the method makes none. */
  readonly ascendedLoss: number | undefined;
}

/** What the second pass of a micro-batch gave, at the ascended parameters. */
export interface AscendedResult {
  readonly loss: number;
  readonly gradientSquaredNorm: number;
}

export interface AppliedStep {
  /** norm(G) */
  readonly gradientNorm: number;
  /** norm((1/n) sum_j grad ell_j) */
  readonly lossGradientNorm: number;
  /** norm((1/n) sum_j grad s_j), s_j the scalar of the penalty; undefined where it is the loss or there is none. */
  readonly termGradientNorm: number | undefined;
}

/** Gives the values of a random tensor when a call needs them; the name is its feed. */
export type DrawSource = (name: string, draw: Draw) => Float32Array;

/** A training program loaded on an executor: micro-batches go in one by one, then the step is applied. */
export class TrainingSession {
  readonly #session: Session;
  readonly #draws: TrainingProgram['draws'];
  readonly #gradient: TrainingProgram['gradient'];
  readonly #classes: number;
  readonly #evaluationSize: number;
  readonly #imageLength: number;
  /** One-hot labels by number of images, and the padded images of an incomplete evaluation batch: written again and again. */
  readonly #oneHot = new Map<number, Float32Array>();
  readonly #padded: Float32Array;

  private constructor(session: Session, program: TrainingProgram, { model, evaluationSize }: ProgramOptions) {
    this.#session = session;
    this.#draws = program.draws;
    this.#gradient = program.gradient;
    this.#classes = model.classes;
    this.#evaluationSize = evaluationSize;
    this.#imageLength = model.inputShape[0] * model.inputShape[1] * model.inputShape[2];
    this.#padded = new Float32Array(evaluationSize * this.#imageLength);
  }

  static async open(executor: Executor, options: ProgramOptions): Promise<TrainingSession> {
    const program = trainingProgram(options);
    return new TrainingSession(await executor.load(program), program, options);
  }

  /**
   * Adds a micro-batch to the step's gradient; batch norm moves its running statistics once. Its images come by number
   * where the program has all of them (`ProgramOptions.images`), else as they are. `penalise` makes it the
   * one that carries the penalty of a sampled form. Methods and models that draw need `source`.
   */
  async accumulate(
    batch: ImageBatch | NumberedBatch,
    { source, penalise = false }: { readonly source?: DrawSource; readonly penalise?: boolean } = {},
  ): Promise<MicroBatchResult> {
    const result = await this.#runOnBatch(penalise ? 'penalise' : 'accumulate', batch, source);
    return {
      examples: batch.labels.length,
      loss: scalar(result, 'loss'),
      correct: Math.round(scalar(result, 'correct')),
      penalty: optionalScalar(result, 'penalty'),
      lossGradientSquaredNorm: scalar(result, 'lossGradientSquaredNorm'),
      ascendedLoss: optionalScalar(result, 'ascendedLoss'),
    };
  }

  /** norm((1/n) sum_j grad ell_j) of the micro-batches so far; of methods that need it for their next call only. */
  async measure(): Promise<number> {
    return Math.sqrt(scalar(await this.#session.run('measure', {}), 'squaredNorm'));
  }

  /** Adds a micro-batch's gradient at parameters + shift * loss gradient of the group; running statistics stay. */
  async ascend(batch: ImageBatch | NumberedBatch, shift: number, source?: DrawSource): Promise<AscendedResult> {
    const result = await this.#runOnBatch('ascend', batch, source, { shift: Float32Array.of(shift) });
    return {
      loss: scalar(result, 'ascendedLoss'),
      gradientSquaredNorm: scalar(result, 'ascendedGradientSquaredNorm'),
    };
  }

  /** theta <- theta - scale G; the sums start again at zero. */
  async apply(scale: number): Promise<AppliedStep> {
    const result = await this.#session.run('apply', { scale: Float32Array.of(scale) });
    const norm = (sum: string): number => Math.sqrt(scalar(result, sum));
    return {
      gradientNorm: norm('gradient'),
      lossGradientNorm: norm('loss-gradient'),
      termGradientNorm: result['term-gradient'] === undefined ? undefined : norm('term-gradient'),
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

  /** G of the micro-batches so far, for one parameter. */
  async readGradient(parameter: string): Promise<Float32Array> {
    const gradient = (await this.#session.read(`parameter/${parameter}`)).fill(0);
    for (const { sum, weight } of this.#gradient) {
      const values = await this.#session.read(`${sum}/${parameter}`);
      for (const [index, value] of values.entries()) gradient[index] = (gradient[index] ?? 0) + weight * value;
    }
    return gradient;
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

  #runOnBatch(
    kind: 'accumulate' | 'penalise' | 'ascend',
    batch: ImageBatch | NumberedBatch,
    source: DrawSource | undefined,
    feeds: Readonly<Record<string, Float32Array>> = {},
  ): Promise<Record<string, Float32Array>> {
    const { labels } = batch;
    const name = `${kind}/${String(labels.length)}`;
    const drawn: Record<string, Float32Array> = {};
    for (const [feed, draw] of Object.entries(this.#draws[name] ?? {})) {
      if (source !== undefined) drawn[feed] = source(feed, draw);
    }
    const all = { labels: this.#oneHotRows(labels), ...drawn, ...feeds };
    return 'rows' in batch
      ? this.#session.run(name, all, { images: batch.rows })
      : this.#session.run(name, { ...all, images: batch.images });
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

function optionalScalar(values: Readonly<Record<string, Float32Array>>, name: string): number | undefined {
  return values[name] === undefined ? undefined : scalar(values, name);
}
