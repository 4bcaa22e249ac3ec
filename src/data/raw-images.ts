import { averagePool } from './average-pool.ts';

/** Images as they are stored, before normalisation. */
export interface RawImages {
  readonly count: number;
  /** [C, H, W] */
  readonly shape: readonly [number, number, number];
  /** Row-major [count, C, H, W]: bytes from 0 to 255, averages of bytes, or numbers of their own scale. */
  readonly pixels: Uint8Array | Float32Array;
  /** What a pixel is divided by before it is normalised: 255 for bytes and their averages, else 1. */
  readonly scale: 1 | 255;
  /** Class of each image. */
  readonly labels: Uint8Array | Int32Array;
}

/** Mean and standard deviation of each channel, on the scale of pixels divided by `scale`. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

/** Images `first` to `first + count - 1`; shares the memory. */
export function sliceImages(images: RawImages, first: number, count: number): RawImages {
  const length = imageLength(images);
  return {
    ...images,
    count,
    pixels: images.pixels.subarray(first * length, (first + count) * length),
    labels: images.labels.subarray(first, first + count),
  };
}

/** Statistics of each channel over all images. */
export function pixelStatistics(images: RawImages): Normalisation {
  const [channels, height, width] = images.shape;
  const plane = height * width;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  addSums(images.pixels, plane, sums, squares);
  return statisticsOfSums(sums, squares, images.count * plane, images.scale);
}

/** Mean and deviation from sums of values and of their squares over `count` values a channel. */
export function statisticsOfSums(
  sums: ArrayLike<number>,
  squares: ArrayLike<number>,
  count: number,
  scale: 1 | 255,
): Normalisation {
  const mean = Array.from(sums, (sum) => sum / count);
  const standardDeviation = mean.map((each, channel) => {
    const variance = Math.max(0, (squares[channel] ?? 0) / count - each * each);
    // Constant images have no spread to divide by; they are centred only.
    return variance === 0 ? 1 : Math.sqrt(variance) / scale;
  });
  return { mean: mean.map((each) => each / scale), standardDeviation };
}

/** Images made smaller by average pooling to `side` x `side`; the same where they have that size. */
export function resizeImages(images: RawImages, side: number | undefined): RawImages {
  const [channels, height, width] = images.shape;
  if (side === undefined || (side === height && side === width)) return images;
  const planes = images.count * channels;
  const pixels = new Float32Array(planes * side * side);
  for (let plane = 0; plane < planes; plane += 1) {
    const source = { values: images.pixels, offset: plane * height * width, height, width };
    averagePool(source, side, pixels, plane * side * side);
  }
  return { ...images, shape: [channels, side, side], pixels };
}

export function imageLength({ shape }: Pick<RawImages, 'shape'>): number {
  return shape[0] * shape[1] * shape[2];
}

/** Adds the pixels [N, C, plane] and their squares to the sums of each channel, C = sums.length. */
export function addSums(
  pixels: Uint8Array | Float32Array,
  plane: number,
  sums: Float64Array,
  squares: Float64Array,
): void {
  const channels = sums.length;
  for (let start = 0; start < pixels.length; start += plane) {
    const channel = (start / plane) % channels;
    let sum = 0;
    let square = 0;
    for (let index = start; index < start + plane; index += 1) {
      const value = pixels[index] ?? 0;
      sum += value;
      square += value * value;
    }
    sums[channel] = (sums[channel] ?? 0) + sum;
    squares[channel] = (squares[channel] ?? 0) + square;
  }
}
