import { z } from 'zod';
import { checkpointSelector } from './evaluations.ts';
import { hostFile } from './files.ts';
import { recordId } from './record-id.ts';

/** What can be made of a run or of weights. */
export const exportFormats = ['safetensors', 'pth', 'npz', 'onnx', 'tfjs', 'csv', 'tensorboard', 'bundle'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What each format is for, in the words of the window, and what its files are. */
export const formatForms: Readonly<
  Record<
    ExportFormat,
    {
      readonly label: string;
      readonly purpose: string;
      readonly extension: string;
      /** Whether it is made of a checkpoint; the others are made of a run as a whole. */
      readonly holdsCheckpoint: boolean;
      /** Whether imported weights can become it: those do not say what net they belong to. */
      readonly ofWeights: boolean;
    }
  >
> = {
  safetensors: {
    label: 'safetensors',
    purpose: 'Weights and batch-norm statistics by PyTorch name, for any tool that must not run code.',
    ...{ extension: '.safetensors', holdsCheckpoint: true, ofWeights: true },
  },
  pth: {
    label: 'PyTorch',
    purpose: 'A state_dict for the code of the study and torchvision; loads with weights_only.',
    ...{ extension: '.pth', holdsCheckpoint: true, ofWeights: true },
  },
  onnx: {
    label: 'ONNX',
    purpose: 'An inference model from normalised images to logits, at any batch size.',
    ...{ extension: '.onnx', holdsCheckpoint: true, ofWeights: false },
  },
  tfjs: {
    label: 'TensorFlow.js',
    purpose: 'A folder with a LayersModel, from normalised images to logits, for tf.loadLayersModel.',
    ...{ extension: '.tfjs', holdsCheckpoint: true, ofWeights: false },
  },
  npz: {
    label: 'NumPy',
    purpose: 'One array for each tensor, for analysis in Python.',
    ...{ extension: '.npz', holdsCheckpoint: true, ofWeights: true },
  },
  csv: {
    label: 'CSV',
    purpose: 'Every recorded point of the run: series, step, value. Reads back exactly.',
    ...{ extension: '.csv', holdsCheckpoint: false, ofWeights: false },
  },
  tensorboard: {
    label: 'TensorBoard',
    purpose: 'A folder with an event file of the curves, for tensorboard --logdir.',
    ...{ extension: '', holdsCheckpoint: false, ofWeights: false },
  },
  bundle: {
    label: 'Run bundle',
    purpose: 'The whole run with its checkpoints, for another library of Microbatch.',
    ...{ extension: '.microbatch', holdsCheckpoint: false, ofWeights: false },
  },
};

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

/** One export of many: a run at a checkpoint, or imported weights, in one format. */
export const exportItem = z.object({
  /** Id of a run or of imported weights. */
  reference: recordId,
  format: z.enum(exportFormats),
  /** The last one unless given; formats that hold no checkpoint take none. */
  checkpoint: checkpointSelector.optional(),
  /** With a bundle: also the imported weights that the run began with. */
  withWeights: z.boolean().optional(),
});
export type ExportItem = z.infer<typeof exportItem>;

export const exportBatch = z.object({
  items: z.array(exportItem).min(1).max(10_000),
  to: z.discriminatedUnion('kind', [
    /** A folder of the host's machine; it is made where it is missing. */
    z.object({ kind: z.literal('folder'), folder: hostFile, replace: z.boolean() }),
    /** The window fetches it: one file, or an archive of several. Only of hosts that serve a browser. */
    z.object({ kind: z.literal('download') }),
  ]),
});
export type ExportBatch = z.infer<typeof exportBatch>;

export const refusedExport = exportItem.extend({ code: z.string(), reason: z.string() });

export const exportBatchReport = z.object({
  written: z.array(exportReport),
  refused: z.array(refusedExport),
  /** Where the window fetches it, once; null where it lies in a folder. */
  download: z.object({ address: z.string(), name: z.string(), bytes: z.int() }).nullable(),
});
export type ExportBatchReport = z.infer<typeof exportBatchReport>;
