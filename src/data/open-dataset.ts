import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetDescription } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import type { DatasetSpec } from '../contracts/run-spec.ts';
import { findDataset, type DatasetFile } from './catalogue.ts';
import { readIdx, type IdxArray } from './idx.ts';
import { imageSet, pixelStatistics, type ImageSet, type PixelStatistics } from './image-set.ts';

export interface OpenDataset {
  readonly description: DatasetDescription;
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly statistics: PixelStatistics;
  /** SHA-256 over the files' own hashes: two runs with the same hash saw the same images. */
  readonly dataHash: string;
}

/**
 * Opens what a run spec asks for: training = the first `trainSize` images of the training file, validation = all of
 * the validation file, both resized and normalised with the statistics of the training images used.
 * Throws `data/unknown-dataset`, `data/missing-file`, `data/wrong-checksum`, `data/invalid-idx`,
 * `data/train-size-too-large`, `data/resize-too-large`.
 */
export async function openDataset(spec: DatasetSpec, options: { readonly resources: string }): Promise<OpenDataset> {
  const { description, files } = findDataset(spec.id);
  const count = spec.trainSize ?? description.trainImages;
  checkSizes(spec, description, count);
  const folder = join(options.resources, 'datasets', spec.id);
  const load = (file: DatasetFile): Promise<IdxArray> => loadVerified(folder, file);
  const [trainImages, trainLabels, validationImages, validationLabels] = await Promise.all([
    load(files.trainImages),
    load(files.trainLabels),
    load(files.validationImages),
    load(files.validationLabels),
  ]);
  const statistics = pixelStatistics(trainImages, count);
  const common = { classes: description.classes.length, side: spec.resize, statistics };
  return {
    description,
    statistics,
    train: imageSet({ images: trainImages, labels: trainLabels, count, ...common }),
    validation: imageSet({
      images: validationImages,
      labels: validationLabels,
      count: description.validationImages,
      ...common,
    }),
    dataHash: hashOf(
      Object.values(files)
        .map(({ sha256 }) => sha256)
        .join('\n'),
    ),
  };
}

function checkSizes(spec: DatasetSpec, description: DatasetDescription, count: number): void {
  const [, height, width] = description.imageShape;
  if (count > description.trainImages) {
    throw new MicrobatchError({
      code: 'data/train-size-too-large',
      message: `dataset.trainSize is ${String(count)}, but ${spec.id} has ${String(description.trainImages)} training images`,
      expected: `a number from 1 to ${String(description.trainImages)}`,
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
}

async function loadVerified(folder: string, file: DatasetFile): Promise<IdxArray> {
  const path = join(folder, file.name);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new MicrobatchError(
      { code: 'data/missing-file', message: `${path} cannot be read`, remedy: 'install the application again' },
      { cause },
    );
  });
  const found = hashOf(bytes);
  if (found !== file.sha256) {
    throw new MicrobatchError({
      code: 'data/wrong-checksum',
      message: `${path} is not the file that was published: its SHA-256 is ${found}`,
      expected: file.sha256,
      remedy: 'install the application again',
    });
  }
  return readIdx(bytes, path);
}

function hashOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
