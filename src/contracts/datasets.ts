import { z } from 'zod';
import { datasetSplits } from './run-spec.ts';

/** Forms that a data set can be read from; `mnist-1d` is made and not read. */
export const datasetKinds = [
  'cifar10-binary',
  'cifar10-python',
  'cifar100-binary',
  'cifar100-python',
  'idx',
  'npz',
  'class-folders',
  'mnist-1d',
] as const;
export const datasetKind = z.enum(datasetKinds);
export type DatasetKind = z.infer<typeof datasetKind>;

/** A data set of the catalogue: one that can be trained on, or a known one that can be fetched. */
export const datasetEntry = z.object({
  id: z.string(),
  label: z.string(),
  /** embedded: ships with the application; stored: in this user's folder; known: neither yet. */
  state: z.enum(['embedded', 'stored', 'known']),
  kind: datasetKind.nullable(),
  classes: z.int(),
  /** [C, H, W] */
  imageShape: z.tuple([z.int(), z.int(), z.int()]),
  /** Images of the file for training and of the test file, before they are divided into splits. */
  trainImages: z.int(),
  testImages: z.int(),
  /** What it takes on this disk; null where it is not there. */
  bytes: z.number().nullable(),
  /** What a download fetches; null for what is here, and for what is made here. */
  downloadBytes: z.number().nullable(),
  /** Whether it has the published checksums of a known set; null for sets without. */
  published: z.boolean().nullable(),
  licence: z.string(),
  citation: z.string().nullable(),
  home: z.string().nullable(),
  checksums: z.array(z.object({ file: z.string(), md5: z.string(), sha256: z.string().nullable() })),
  /** Runs of the open library that name it. */
  runs: z.int(),
  /** Files that were left out when it was added. */
  leftOut: z.int(),
  /** A removed set of this name that can be brought back. */
  restorable: z.boolean(),
});
export type DatasetEntry = z.infer<typeof datasetEntry>;

/** What `datasets add`, `download` and `verify` say of a set. */
export const datasetReport = z.object({
  dataset: z.string(),
  /** Images of train, validation and test, divided as `dataset.split: clean` does. */
  splits: z.record(z.string(), z.int()),
  /** Files that are not in it, at most the first thousand, and how many there are. */
  left: z.array(z.object({ file: z.string(), code: z.string() })),
  leftCount: z.int(),
  published: z.boolean().nullable(),
});
export type DatasetReport = z.infer<typeof datasetReport>;

/** What is being done to a data set. */
export const datasetProgress = z.object({
  dataset: z.string(),
  what: z.string(),
  /** From 0 to 1; null where it cannot be told. */
  fraction: z.number().nullable(),
});
export type DatasetProgress = z.infer<typeof datasetProgress>;

const duplicates = z.object({ between: z.string(), count: z.int() });

/** A close look at a data set: what is in it and what training sees of it. */
export const datasetCard = z.object({
  dataset: z.string(),
  classes: z.array(z.string()),
  splits: z.array(z.object({ split: z.string(), images: z.int(), classCounts: z.array(z.int()) })),
  /** By channel, pixels divided by 255 where they are bytes. */
  mean: z.array(z.number()),
  standardDeviation: z.array(z.number()),
  /** What training normalises with. */
  normalisation: z.object({ mean: z.array(z.number()), standardDeviation: z.array(z.number()) }),
  /** Equal images in two splits, and within the training split. */
  duplicates: z.array(duplicates),
  /** [C, H, W] of each sample. */
  imageShape: z.tuple([z.int(), z.int(), z.int()]),
  /** The first training images of each class: the tensors that training sees, without and with augmentation. */
  samples: z.array(
    z.object({
      label: z.int(),
      index: z.int(),
      plain: z.array(z.number()),
      augmented: z.array(z.number()).nullable(),
    }),
  ),
});
export type DatasetCard = z.infer<typeof datasetCard>;

/** A data set that can be trained on, as forms need it. */
export const datasetDescription = z.object({
  id: z.string(),
  label: z.string(),
  classes: z.array(z.string()),
  /** [channels, height, width] before resizing. */
  imageShape: z.tuple([z.int(), z.int(), z.int()]),
  trainImages: z.int(),
  validationImages: z.int(),
  /** What the validation split is, in words, shown wherever its figures are. */
  validationNote: z.string(),
  licence: z.string(),
  /** Ways to divide it that a spec can name; absent where it has one arrangement of its own. */
  splits: z
    .array(z.object({ split: z.enum(datasetSplits), validationImages: z.int(), testImages: z.int(), note: z.string() }))
    .optional(),
});
export type DatasetDescription = z.infer<typeof datasetDescription>;
