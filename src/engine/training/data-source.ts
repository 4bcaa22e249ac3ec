/** Images and labels of some examples, in the order asked for. */
export interface ImageBatch {
  /** Normalised, [examples, C, H, W] row-major. */
  readonly images: Float32Array;
  /** Class of each example, 0 to classes - 1. */
  readonly labels: Int32Array;
}

/** A split that can be read in any order. */
export interface DataSource {
  readonly size: number;
  readonly classes: number;
  /** [C, H, W] */
  readonly inputShape: readonly [number, number, number];
  /** May return arrays that the next call overwrites. */
  readonly read: (indices: Uint32Array) => ImageBatch;
}
