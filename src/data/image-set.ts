import { Normaliser } from './normaliser.ts';
import type { Normalisation, RawImages } from './raw-images.ts';
import { imageLength } from './raw-images.ts';

/** Normalised images of one split in memory, readable in any order. */
export interface ImageSet {
  readonly size: number;
  readonly classes: number;
  /** [C, H, W] after resizing. */
  readonly inputShape: readonly [number, number, number];
  /** Images row-major [n, C, H, W] and their classes. The arrays are used again by the next call of equal length. */
  readonly read: (indices: Uint32Array) => { images: Float32Array; labels: Int32Array };
}

/** The images of a split, normalised as they are read. */
export function imageSet(images: RawImages, normalisation: Normalisation, classes: number): ImageSet {
  const normaliser = new Normaliser(images, normalisation);
  const length = imageLength(images);
  // Kept by length: a run alternates between few micro-batch sizes and would fill the heap otherwise.
  const buffers = new Map<number, { images: Float32Array; labels: Int32Array }>();
  const read: ImageSet['read'] = (indices) => {
    let buffer = buffers.get(indices.length);
    if (buffer === undefined) {
      buffer = { images: new Float32Array(indices.length * length), labels: new Int32Array(indices.length) };
      buffers.set(indices.length, buffer);
    }
    for (const [position, index] of indices.entries()) {
      normaliser.write(index, buffer.images, position * length);
      buffer.labels[position] = images.labels[index] ?? 0;
    }
    return buffer;
  };
  return { size: images.count, classes, inputShape: images.shape, read };
}
