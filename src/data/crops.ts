import type { RandomStream } from '../engine/training/random.ts';
import { cropOffsets } from './normaliser.ts';
import type { Crop } from './normaliser.ts';

/** Bytes drawn for an image: top, left, flip. */
const drawnBytes = 3;

/** Draws the crops and flips of `count` images: offsets uniform on 0 to 8 each, mirrored half of the time. */
export function drawCrops(count: number, stream: RandomStream): Uint8Array {
  const drawn = new Uint8Array(count * drawnBytes);
  for (let at = 0; at < drawn.length; at += drawnBytes) {
    drawn[at] = stream.below(cropOffsets);
    drawn[at + 1] = stream.below(cropOffsets);
    drawn[at + 2] = stream.below(2);
  }
  return drawn;
}

/** The crop that was drawn for the image at `position`. */
export function cropAt(drawn: Uint8Array, position: number): Crop {
  const at = position * drawnBytes;
  return { top: drawn[at] ?? 0, left: drawn[at + 1] ?? 0, flip: drawn[at + 2] === 1 };
}
