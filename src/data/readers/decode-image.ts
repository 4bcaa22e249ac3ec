import sharp from 'sharp';
import { readPlainFile } from './plain-file.ts';

/** Size of an image as it will be decoded, EXIF rotation done. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** Whether it has colours, and not only grey. */
  readonly colour: boolean;
}

/** Greatest image: larger ones are no training images, and may be made to fill the memory. */
const largestPixels = 4096 * 4096;
const largestFile = 64 * 2 ** 20;

/** Why a file is left out of a set. */
export class LeftOutError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * The bytes of a PNG or JPEG file; what it is is told by its first bytes and not by its name.
 * Throws a LeftOutError `data/not-an-image`, `data/image-too-large`, `data/missing-file`.
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  const bytes = await readSmall(path);
  const png = [0x89, 0x50, 0x4e, 0x47].every((byte, index) => bytes[index] === byte);
  const jpeg = [0xff, 0xd8, 0xff].every((byte, index) => bytes[index] === byte);
  if (!png && !jpeg) throw new LeftOutError('data/not-an-image');
  return bytes;
}

function readSmall(path: string): Promise<Uint8Array> {
  return readPlainFile(path, largestFile, () => new LeftOutError('data/image-too-large')).catch((error: unknown) => {
    throw error instanceof LeftOutError ? error : new LeftOutError('data/missing-file');
  });
}

/** Reads the header alone. Throws a LeftOutError `data/damaged-image`, `data/image-too-large`. */
export async function readImageHeader(bytes: Uint8Array): Promise<ImageHeader> {
  const { width, height, orientation = 1, space, channels } = await damagedUnless(sharp(bytes, settings).metadata());
  if (width * height > largestPixels) throw new LeftOutError('data/image-too-large');
  // From 5 on the image lies on its side.
  const [wide, high] = orientation >= 5 ? [height, width] : [width, height];
  const colour = channels > 2 && space !== 'b-w' && space !== 'grey16';
  return { width: wide, height: high, colour };
}

/**
 * Decodes to bytes [C, H, W] with 1 or 3 channels in sRGB: rotated as its EXIF entry says, palettes and CMYK turned into
 * colours, transparency dropped (the colours under it stay), 16 bits scaled to 8. Throws a LeftOutError `data/damaged-image`.
 */
export async function decodeImage(bytes: Uint8Array, channels: 1 | 3): Promise<Uint8Array> {
  const image = sharp(bytes, settings)
    .autoOrient()
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' });
  const { data, info } = await damagedUnless(image.toBuffer({ resolveWithObject: true }));
  const plane = info.width * info.height;
  if (data.length !== plane * info.channels) throw new LeftOutError('data/damaged-image');
  const planes = new Uint8Array(channels * plane);
  for (let channel = 0; channel < channels; channel += 1) {
    // A grey image among coloured ones has one channel for all three.
    const from = Math.min(channel, info.channels - 1);
    for (let pixel = 0; pixel < plane; pixel += 1) {
      planes[channel * plane + pixel] = data[pixel * info.channels + from] ?? 0;
    }
  }
  return planes;
}

/** Truncated files are refused, not filled up; libvips refuses what is too large before it decodes. */
const settings = { failOn: 'truncated', limitInputPixels: largestPixels } as const;

async function damagedUnless<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const tooLarge = error instanceof Error && /pixel limit|too large/i.test(error.message);
    throw new LeftOutError(tooLarge ? 'data/image-too-large' : 'data/damaged-image');
  }
}
