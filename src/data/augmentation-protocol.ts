import { z } from 'zod';

/** What the thread that augments starts with. */
export const augmentationSetting = z.object({
  /** All training images. */
  shared: z.instanceof(SharedArrayBuffer),
  elementType: z.enum(['uint8', 'float32']),
  shape: z.tuple([z.int(), z.int(), z.int()]),
  scale: z.union([z.literal(1), z.literal(255)]),
  normalisation: z.object({ mean: z.array(z.number()), standardDeviation: z.array(z.number()) }),
});
export type AugmentationSetting = z.infer<typeof augmentationSetting>;

/** A micro-batch to prepare; the answer is its images alone, [n, C, H, W]. */
export const augmentationJob = z.object({
  indices: z.instanceof(Uint32Array),
  /** What `drawCrops` drew for them. */
  drawn: z.instanceof(Uint8Array),
});
export type AugmentationJob = z.infer<typeof augmentationJob>;

export const augmentedImages = z.instanceof(Float32Array);
