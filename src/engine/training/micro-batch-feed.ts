import type { DataSource, ImageBatch, NumberedBatch } from './data-source.ts';
import type { ResidentImages } from './resident-images.ts';
import { RandomStream } from './random.ts';
import type { RandomState } from './random.ts';
import { Sampler } from './sampler.ts';
import type { SamplerPosition } from './sampler.ts';
import { firstStates } from './streams.ts';

/** Where a feed stands between two groups. */
export interface FeedPosition {
  readonly sampler: SamplerPosition;
  readonly augmentation: RandomState;
}

export interface FeedOptions {
  readonly data: DataSource;
  /** The images of `data`, where the executor keeps them. */
  readonly resident: ResidentImages | undefined;
  readonly microBatchSize: number;
  /** Micro-batches of a full group. */
  readonly groupSize: number;
}

/** A group of micro-batches that is decided, and as much of it as is being prepared. */
interface PlannedGroup {
  readonly indices: readonly Uint32Array[];
  readonly batches: (Promise<ImageBatch> | undefined)[];
  /** Draws of the augmentation, one a micro-batch. */
  readonly drawn: readonly Uint8Array[];
  readonly after: FeedPosition;
}

/** Micro-batches that are prepared while the executor works on another one. */
const lookAhead = 2;

/**
 * Micro-batches of one run, group by group. Augmented images are prepared ahead, beyond the end of a group as well;
 * where the feed stands counts only groups that were taken, so that a run goes on from there exactly.
 */
export class MicroBatchFeed {
  readonly #data: DataSource;
  readonly #resident: ResidentImages | undefined;
  readonly #groupSize: number;
  readonly #sampler: Sampler;
  readonly #augmentation: RandomStream;
  #position: FeedPosition;
  #next: PlannedGroup | undefined;

  constructor({ data, resident, microBatchSize, groupSize }: FeedOptions, start: FeedPosition) {
    this.#data = data;
    this.#resident = resident;
    this.#groupSize = groupSize;
    this.#sampler = new Sampler(data.size, microBatchSize, start.sampler);
    this.#augmentation = new RandomStream(start.augmentation);
    this.#position = start;
  }

  static startOf(seed: number): FeedPosition {
    const { order, augmentation } = firstStates(seed);
    return { sampler: { epoch: 0, position: 0, stream: order }, augmentation };
  }

  /** The next group: its number of micro-batches, and the walk over them, to be taken once and in order. */
  nextGroup(): { readonly count: number; readonly batches: AsyncIterable<ImageBatch | NumberedBatch> } {
    const group = this.#next ?? this.#plan();
    // Without augmentation a read takes no time worth hiding, and its arrays may be overwritten by the next one.
    const following = this.#data.augmentation === undefined ? undefined : this.#plan();
    this.#next = following;
    this.#position = group.after;
    return { count: group.indices.length, batches: this.#walk(group, following) };
  }

  capture(): FeedPosition {
    return this.#position;
  }

  #plan(): PlannedGroup {
    const indices = this.#sampler.nextGroup(this.#groupSize);
    const { augmentation } = this.#data;
    const drawn =
      augmentation === undefined ? [] : indices.map(({ length }) => augmentation.draw(length, this.#augmentation));
    const after = { sampler: this.#sampler.capture(), augmentation: this.#augmentation.capture() };
    return { indices, drawn, batches: [], after };
  }

  async *#walk(group: PlannedGroup, following: PlannedGroup | undefined): AsyncGenerator<ImageBatch | NumberedBatch> {
    for (const [index, indices] of group.indices.entries()) {
      if (following === undefined) {
        yield this.#resident?.batch(indices) ?? this.#data.read(indices);
        continue;
      }
      for (let ahead = index; ahead <= index + lookAhead; ahead += 1) {
        if (ahead < group.indices.length) this.#prepare(group, ahead);
        else this.#prepare(following, ahead - group.indices.length);
      }
      const batch = await group.batches[index];
      // A prepared batch is large; it must not stay until the whole group is done.
      group.batches[index] = undefined;
      if (batch !== undefined) yield batch;
    }
  }

  #prepare({ indices, drawn, batches }: PlannedGroup, position: number): void {
    const { augmentation } = this.#data;
    const [wanted, draws] = [indices[position], drawn[position]];
    if (augmentation === undefined || wanted === undefined || draws === undefined || position in batches) return;
    const prepared = augmentation.prepare(wanted, draws);
    // Who waits for it hears of a failure; a batch that nobody takes any more must not end the process.
    prepared.catch(() => undefined);
    batches[position] = prepared;
  }
}
