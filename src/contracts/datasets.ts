import { z } from 'zod';

/** Forms that a data set can be read from. */
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
