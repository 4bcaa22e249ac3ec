import type { Executor, Table } from '../executors/executor.ts';
import { elementCount } from '../graph/shapes.ts';
import type { DataSource, NumberedBatch } from './data-source.ts';

/**
 * Training images that the executor keeps beside the parameters: a micro-batch is fed as the numbers of its images, and
 * none is written or moved again. What is computed stays the same, bit by bit.
 */
export class ResidentImages {
  /** [size, C, H, W], normalised. */
  readonly table: Table;
  readonly #labels: Int32Array;

  private constructor({ size, inputShape, read }: DataSource) {
    this.#labels = new Int32Array(size);
    this.table = {
      shape: [size, ...inputShape],
      read: (first, count) => {
        const { images, labels } = read(Uint32Array.from({ length: count }, (_, index) => first + index));
        this.#labels.set(labels, first);
        return images;
      },
    };
  }

  /** Where nothing augments the images and the executor keeps as many bytes; else they are fed. */
  static where({ tableBytes = 0 }: Executor, data: DataSource): ResidentImages | undefined {
    const bytes = elementCount([data.size, ...data.inputShape]) * Float32Array.BYTES_PER_ELEMENT;
    return data.augmentation === undefined && bytes <= tableBytes ? new ResidentImages(data) : undefined;
  }

  /** After the executor has read the table. */
  batch(rows: Uint32Array): NumberedBatch {
    return { rows, labels: Int32Array.from(rows, (row) => this.#labels[row] ?? 0) };
  }
}
