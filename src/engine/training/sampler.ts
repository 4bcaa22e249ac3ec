import type { RandomState } from './random.ts';
import { RandomStream } from './random.ts';

export interface SamplerPosition {
  /** Passes completed before this one. */
  readonly epoch: number;
  /** Examples of this pass served so far. */
  readonly position: number;
  /** The order stream just before this pass was shuffled. */
  readonly stream: RandomState;
}

/**
 * Serves every example once an epoch, shuffled anew without replacement, in micro-batches of m; the last of an epoch is
 * short. A group of micro-batches (one step) never crosses the end of an epoch.
 */
export class Sampler {
  readonly #size: number;
  readonly #microBatchSize: number;
  #stream: RandomStream;
  #epochStart: RandomState;
  #order: Uint32Array;
  #epoch: number;
  #position: number;

  constructor(size: number, microBatchSize: number, start: SamplerPosition) {
    this.#size = size;
    this.#microBatchSize = microBatchSize;
    this.#epochStart = start.stream;
    this.#stream = new RandomStream(start.stream);
    this.#order = this.#stream.permutation(size);
    this.#epoch = start.epoch;
    this.#position = start.position;
  }

  /** Sizes that micro-batches can have: m, and what is left over at the end of an epoch. */
  static microBatchSizes(size: number, microBatchSize: number): number[] {
    const full = Math.min(size, microBatchSize);
    const rest = size % full;
    return rest === 0 ? [full] : [full, rest];
  }

  /** Indices of the next group: up to `count` micro-batches, fewer at the end of an epoch. */
  nextGroup(count: number): Uint32Array[] {
    if (this.#position >= this.#size) this.#beginEpoch();
    const group: Uint32Array[] = [];
    while (group.length < count && this.#position < this.#size) {
      const indices = this.#order.subarray(this.#position, this.#position + this.#microBatchSize);
      this.#position += indices.length;
      group.push(indices);
    }
    return group;
  }

  capture(): SamplerPosition {
    return { epoch: this.#epoch, position: this.#position, stream: this.#epochStart };
  }

  #beginEpoch(): void {
    this.#epochStart = this.#stream.capture();
    this.#order = this.#stream.permutation(this.#size);
    this.#epoch += 1;
    this.#position = 0;
  }
}
