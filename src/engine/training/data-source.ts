import type { RandomStream } from './random.ts';

/** Images and labels of some examples, in the order asked for. */
export interface ImageBatch {
  /** Normalised, [examples, C, H, W] row-major. */
  readonly images: Float32Array;
  /** Class of each example, 0 to classes - 1. */
  readonly labels: Int32Array;
}

/** The same by number, where the executor keeps all images. */
export interface NumberedBatch {
  /** Numbers of the examples in their data source. */
  readonly rows: Uint32Array;
  readonly labels: Int32Array;
}

/** How images are changed by chance each time they are shown. */
export interface Augmentation {
  /** Draws what changes the next `count` images; plain bytes that mean something to `prepare` alone. */
  readonly draw: (count: number, stream: RandomStream) => Uint8Array;
  /** The changed images; may be asked for several micro-batches ahead, and answers in that order. */
  readonly prepare: (indices: Uint32Array, drawn: Uint8Array) => Promise<ImageBatch>;
}

/** A split that can be read in any order. */
export interface DataSource {
  readonly size: number;
  readonly classes: number;
  /** [C, H, W] */
  readonly inputShape: readonly [number, number, number];
  /** May return arrays that the next call overwrites. */
  readonly read: (indices: Uint32Array) => ImageBatch;
  /** Present where training shows changed images; `read` gives them unchanged. */
  readonly augmentation?: Augmentation;
}
