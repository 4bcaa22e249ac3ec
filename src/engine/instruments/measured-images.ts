import { measuredCounts } from '../../contracts/instruments.ts';
import type { DataSource } from '../training/data-source.ts';
import { RandomStream } from '../training/random.ts';
import type { InstrumentSetup } from './instrument.ts';
import type { LabelledImages } from './loss-hessian.ts';

/** The images that instruments look at: whole micro-batches of training images, not augmented. */
export class MeasuredImages {
  /** Images of a micro-batch. */
  readonly examples: number;
  /** Micro-batches of a measured batch. */
  readonly ofBatch: number;
  readonly #ofSubset: number;
  readonly #data: DataSource;
  readonly #seed: number;

  constructor({ data, seed, method, batchSize, microBatchSize }: InstrumentSetup) {
    this.#data = data;
    this.#seed = seed;
    const counts = measuredCounts(microBatchSize, method.microBatches(batchSize, microBatchSize), data.size);
    this.examples = counts.examples;
    this.ofBatch = counts.ofBatch;
    this.#ofSubset = counts.ofSubset;
  }

  /** The batch of a step: drawn for it without replacement, in order of the draw. */
  batch(step: number): Generator<LabelledImages> {
    return this.#draw(`instrument/batch/${String(step)}`, this.ofBatch);
  }

  /** The same images at every step. */
  subset(): LabelledImages[] {
    return [...this.#draw('instrument/subset', this.#ofSubset)];
  }

  *#draw(purpose: string, count: number): Generator<LabelledImages> {
    const order = RandomStream.named(this.#seed, purpose).permutation(this.#data.size);
    for (let start = 0; start < count * this.examples; start += this.examples) {
      const { images, labels } = this.#data.read(order.subarray(start, start + this.examples));
      const oneHot = new Float32Array(labels.length * this.#data.classes);
      for (const [example, label] of labels.entries()) oneHot[example * this.#data.classes + label] = 1;
      // The source may overwrite its arrays with the next read.
      yield { images: images.slice(), oneHot };
    }
  }
}
