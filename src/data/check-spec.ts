import type { DatasetDescription } from '../contracts/datasets.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import type { DatasetSpec } from '../contracts/run-spec.ts';
import { arrange } from './arrangement.ts';
import type { Arrangement } from './arrangement.ts';
import { findDataset } from './catalogue.ts';
import type { FoundDataset } from './catalogue.ts';
import { arrangedSet } from './describe.ts';

/**
 * Refuses what a spec asks of a data set and the set cannot give, by its description alone: no image is read. Throws
 * `data/unknown-dataset`, `data/no-such-split`, `data/train-size-too-large`, `data/resize-too-large`,
 * `data/cannot-augment`.
 */
export function checkDatasetSpec(spec: DatasetSpec, datasets: string | undefined): void {
  const found = findDataset(spec.id, datasets);
  requireImages(spec, found.description, arrangementOf(found, spec).train.count);
}

/** The embedded set has one arrangement: validation on its test file. */
export function arrangementOf(found: FoundDataset, { id, split }: DatasetSpec): Arrangement {
  if (found.origin === 'stored') return arrange(arrangedSet(found.manifest), split);
  const { trainImages, validationImages, validationNote } = found.description;
  if (split !== undefined) {
    throw new MicrobatchError({
      code: 'data/no-such-split',
      message: `${id} has one arrangement of its own and no split ${split}: ${validationNote}`,
      remedy: 'leave dataset.split out',
    });
  }
  return {
    train: { part: 'train', first: 0, count: trainImages },
    validation: { part: 'test', first: 0, count: validationImages },
    test: null,
    note: validationNote,
  };
}

/** Throws `data/train-size-too-large`, `data/resize-too-large`, `data/cannot-augment`. */
export function requireImages(spec: DatasetSpec, { imageShape }: DatasetDescription, trainImages: number): void {
  const [, height, width] = imageShape;
  if ((spec.trainSize ?? 0) > trainImages) {
    throw new MicrobatchError({
      code: 'data/train-size-too-large',
      message: `dataset.trainSize is ${String(spec.trainSize)}, but ${spec.id} has ${String(trainImages)} training images`,
      expected: `a number from 1 to ${String(trainImages)}`,
      remedy: 'lower dataset.trainSize or leave it out for all images',
    });
  }
  if (spec.resize !== undefined && spec.resize > Math.min(height, width)) {
    throw new MicrobatchError({
      code: 'data/resize-too-large',
      message: `dataset.resize is ${String(spec.resize)}, but the images of ${spec.id} are ${String(height)} x ${String(width)}`,
      expected: `a side from 1 to ${String(Math.min(height, width))}: averaging only makes images smaller`,
      remedy: 'lower dataset.resize or leave it out',
    });
  }
  if (spec.augment === true && height === 1) {
    throw new MicrobatchError({
      code: 'data/cannot-augment',
      message: `${spec.id} holds sequences, which cannot be cropped and mirrored like images`,
      remedy: 'leave dataset.augment out',
    });
  }
}
