import { z } from 'zod';

/** What can be made of a run or of weights. */
export const exportFormats = ['safetensors', 'pth', 'npz', 'onnx', 'csv', 'tensorboard', 'bundle'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const exportedFile = z.object({ path: z.string(), bytes: z.int(), sha256: z.string() });
export type ExportedFile = z.infer<typeof exportedFile>;

/** `export`: the first file is the one that was asked for; its model card and the like follow. */
export const exportReport = z.object({
  format: z.enum(exportFormats),
  /** The run that it was made of; null for imported weights. */
  run: z.string().nullable(),
  /** The imported weights that it was made of; null for a run. */
  weights: z.string().nullable(),
  /** Step of the checkpoint; null where no checkpoint was read. */
  checkpoint: z.int().nullable(),
  files: z.array(exportedFile),
});
export type ExportReport = z.infer<typeof exportReport>;
