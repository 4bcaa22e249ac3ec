import type { Normalisation, RawImages } from './raw-images.ts';

/** Pixels around an image before it is cropped to its own size again. */
export const cropPadding = 4;
/** Offsets that a crop can have in each direction: 0 to twice the padding. */
export const cropOffsets = 2 * cropPadding + 1;

/** Where an image is cut out of its padded self, and whether it is mirrored from left to right. */
export interface Crop {
  /** Rows and columns from 0 to 8; 4 and 4 is the middle, the image itself. */
  readonly top: number;
  readonly left: number;
  readonly flip: boolean;
}

/**
 * Writes images as training sees them: (pixel / scale - mean) / deviation by channel. The padding of a crop is zero in raw
 * pixels, so that a border is (0 - mean) / deviation and not 0.
 */
export class Normaliser {
  readonly #images: Pick<RawImages, 'shape' | 'pixels' | 'scale'>;
  readonly #normalisation: Normalisation;
  /** The normalised value of each byte of each channel; undefined where pixels are no bytes. */
  readonly #table: Float32Array | undefined;

  constructor(images: Pick<RawImages, 'shape' | 'pixels' | 'scale'>, normalisation: Normalisation) {
    this.#images = images;
    this.#normalisation = normalisation;
    if (images.pixels instanceof Uint8Array) {
      const table = new Float32Array(images.shape[0] * 256);
      for (let index = 0; index < table.length; index += 1) {
        table[index] = this.#normalise(index & 255, index >>> 8);
      }
      this.#table = table;
    }
  }

  /** Writes image `index` to `target` at `offset`, [C, H, W]. */
  write(index: number, target: Float32Array, offset: number): void {
    const { pixels, shape } = this.#images;
    const plane = shape[1] * shape[2];
    const start = index * shape[0] * plane;
    const table = this.#table;
    for (let channel = 0; channel < shape[0]; channel += 1) {
      const from = start + channel * plane;
      const to = offset + channel * plane;
      if (table === undefined) {
        for (let at = 0; at < plane; at += 1) target[to + at] = this.#normalise(pixels[from + at] ?? 0, channel);
      } else {
        const row = channel * 256;
        for (let at = 0; at < plane; at += 1) target[to + at] = table[row + (pixels[from + at] ?? 0)] ?? 0;
      }
    }
  }

  /** Writes image `index`, padded, cropped and perhaps mirrored, to `target` at `offset`, [C, H, W]. */
  writeCropped(index: number, { top, left, flip }: Crop, target: Float32Array, offset: number): void {
    const { pixels, shape } = this.#images;
    const [channels, height, width] = shape;
    const plane = height * width;
    const table = this.#table;
    const [down, right] = [top - cropPadding, left - cropPadding];
    const [firstColumn, endColumn] = [Math.max(0, -right), Math.min(width, width - right)];
    for (let channel = 0; channel < channels; channel += 1) {
      const border = this.#normalise(0, channel);
      const start = (index * channels + channel) * plane;
      target.fill(border, offset + channel * plane, offset + (channel + 1) * plane);
      for (let y = Math.max(0, -down); y < Math.min(height, height - down); y += 1) {
        const from = start + (y + down) * width + right;
        const row = offset + channel * plane + y * width;
        // The mirrored image runs through its row from the end.
        const to = flip ? row + width - 1 : row;
        const step = flip ? -1 : 1;
        for (let x = firstColumn; x < endColumn; x += 1) {
          const pixel = pixels[from + x] ?? 0;
          target[to + step * x] =
            table === undefined ? this.#normalise(pixel, channel) : (table[channel * 256 + pixel] ?? 0);
        }
      }
    }
  }

  #normalise(pixel: number, channel: number): number {
    const { mean, standardDeviation } = this.#normalisation;
    return (pixel / this.#images.scale - (mean[channel] ?? 0)) / (standardDeviation[channel] ?? 1);
  }
}
