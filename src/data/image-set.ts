import type { IdxArray } from './idx.ts';
import { averagePool } from './average-pool.ts';

/** Normalised images of one split in memory, readable in any order. */
export interface ImageSet {
  readonly size: number;
  readonly classes: number;
  /** [C, H, W] after resizing. */
  readonly inputShape: readonly [number, number, number];
  /** Images row-major [n, C, H, W] and their classes. The arrays are used again by the next call of equal length. */
  readonly read: (indices: Uint32Array) => { images: Float32Array; labels: Int32Array };
}

/** Mean and standard deviation over all pixels of the images used for training, on the scale 0 to 1. */
export interface PixelStatistics {
  readonly mean: number;
  readonly standardDeviation: number;
}

/** Statistics of the first `count` images, before resizing: those a run trains on and no others. */
export function pixelStatistics(images: IdxArray, count: number): PixelStatistics {
  const pixels = images.data.subarray(0, count * pixelsPerImage(images));
  let sum = 0;
  let squares = 0;
  for (const pixel of pixels) {
    sum += pixel;
    squares += pixel * pixel;
  }
  const mean = sum / pixels.length;
  const variance = Math.max(0, squares / pixels.length - mean * mean);
  // A constant image set has no spread to divide by; it is centred only.
  return { mean: mean / 255, standardDeviation: variance === 0 ? 1 : Math.sqrt(variance) / 255 };
}

/** The first `count` images: resized by average pooling where `side` is given, then (x / 255 - mean) / deviation. */
export function imageSet(options: {
  readonly images: IdxArray;
  readonly labels: IdxArray;
  readonly count: number;
  readonly classes: number;
  readonly side: number | undefined;
  readonly statistics: PixelStatistics;
}): ImageSet {
  const { images, labels, count, classes, statistics } = options;
  const [, height = 0, width = 0] = images.shape;
  const side = options.side ?? height;
  const pixels = side * side;
  const values = new Float32Array(count * pixels);
  for (let image = 0; image < count; image += 1) {
    const source = { values: images.data, offset: image * height * width, height, width };
    averagePool(source, side, values, image * pixels);
  }
  for (const [index, value] of values.entries()) {
    values[index] = (value / 255 - statistics.mean) / statistics.standardDeviation;
  }
  return { size: count, classes, inputShape: [1, side, side], read: reader(values, labels.data, pixels) };
}

/** Buffers are kept by length: a run alternates between few micro-batch sizes and would fill the heap otherwise. */
function reader(values: Float32Array, classOf: Uint8Array, pixels: number): ImageSet['read'] {
  const buffers = new Map<number, { images: Float32Array; labels: Int32Array }>();
  return (indices) => {
    let buffer = buffers.get(indices.length);
    if (buffer === undefined) {
      buffer = { images: new Float32Array(indices.length * pixels), labels: new Int32Array(indices.length) };
      buffers.set(indices.length, buffer);
    }
    for (const [position, index] of indices.entries()) {
      buffer.images.set(values.subarray(index * pixels, (index + 1) * pixels), position * pixels);
      buffer.labels[position] = classOf[index] ?? 0;
    }
    return buffer;
  };
}

function pixelsPerImage(images: IdxArray): number {
  return images.shape.slice(1).reduce((product, size) => product * size, 1);
}
