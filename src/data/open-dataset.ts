import { join } from 'node:path';
import type { DatasetDescription } from '../contracts/datasets.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import type { DatasetSpec } from '../contracts/run-spec.ts';
import type { Augmentation } from '../engine/training/data-source.ts';
import type { Arrangement, ImageRange } from './arrangement.ts';
import { AugmentationThread } from './augmentation.ts';
import { findDataset } from './catalogue.ts';
import { arrangementOf, requireImages } from './check-spec.ts';
import type { FoundDataset } from './catalogue.ts';
import { fixedNormalisation } from './describe.ts';
import { readEmbeddedPart } from './embedded-set.ts';
import { imageSet } from './image-set.ts';
import type { ImageSet } from './image-set.ts';
import { pixelStatistics, resizeImages, sliceImages } from './raw-images.ts';
import type { Normalisation, RawImages } from './raw-images.ts';
import { digest } from './readers/named-files.ts';
import { partNames } from './readers/source-set.ts';
import type { PartName } from './readers/source-set.ts';
import { readPart } from './store/read-set.ts';

export interface OpenDataset {
  readonly description: DatasetDescription;
  /** With its augmentation where the spec asks for it. */
  readonly train: ImageSet & { readonly augmentation?: Augmentation };
  readonly validation: ImageSet;
  readonly normalisation: Normalisation;
  /** SHA-256 over the hashes of images and labels: two runs with the same hash saw the same set. */
  readonly dataHash: string;
  /** The images for the last figure; null where the set has none. */
  readonly test: () => Promise<ImageSet | null>;
  /** Ends the thread that augments. */
  readonly close: () => Promise<void>;
}

/** Where data sets lie. */
export interface DatasetFolders {
  /** Folder of what ships with the application. */
  readonly resources: string;
  /** Folder of the sets that this user has added. */
  readonly datasets?: string | undefined;
}

/**
 * Opens what a run spec asks for: its split, its first `trainSize` training images, all resized, normalised with the
 * study's constants for CIFAR and else with the statistics of the training images used. Every file is verified.
 * Throws `data/unknown-dataset`, `data/missing-file`, `data/wrong-checksum`, `data/no-such-split`,
 * `data/train-size-too-large`, `data/resize-too-large`, `data/cannot-augment`.
 */
export async function openDataset(spec: DatasetSpec, folders: DatasetFolders): Promise<OpenDataset> {
  const { description, arrangement, range, normalisation: fixed, dataHash } = openRaw(spec, folders);
  requireImages(spec, description, arrangement.train.count);
  const full = await range({ ...arrangement.train, count: spec.trainSize ?? arrangement.train.count });
  const normalisation = fixed ?? pixelStatistics(full);
  const classes = description.classes.length;
  const split = async (images: ImageRange): Promise<ImageSet> =>
    imageSet(resizeImages(await range(images), spec.resize), normalisation, classes);
  const images = resizeImages(full, spec.resize);
  const thread = spec.augment === true ? new AugmentationThread(images, normalisation) : undefined;
  const train = imageSet(images, normalisation, classes);
  return {
    description,
    train: thread === undefined ? train : { ...train, augmentation: thread },
    validation: await split(arrangement.validation),
    normalisation,
    dataHash,
    test: async () => (arrangement.test === null ? null : split(arrangement.test)),
    close: async () => thread?.close(),
  };
}

/** A set before anything is made of its images. */
export interface RawDataset {
  readonly description: DatasetDescription;
  readonly arrangement: Arrangement;
  /** What it is always normalised with; undefined where the statistics of the training images are taken. */
  readonly normalisation: Normalisation | undefined;
  readonly dataHash: string;
  /** Images of a part; each file is read and verified once. */
  readonly range: (range: ImageRange) => Promise<RawImages>;
}

/** Finds a set and how the spec divides it; reads nothing yet. Throws `data/unknown-dataset`, `data/no-such-split`. */
export function openRaw(spec: DatasetSpec, folders: DatasetFolders): RawDataset {
  const found = findDataset(spec.id, folders.datasets);
  const parts = new PartReader(found, folders);
  return {
    description: found.description,
    arrangement: arrangementOf(found, spec),
    normalisation: found.origin === 'stored' ? fixedNormalisation(found.manifest.kind) : undefined,
    dataHash: dataHashOf(found),
    range: (range) => parts.range(range),
  };
}

/** Reads each part once, however many ranges of it are asked for. */
class PartReader {
  readonly #found: FoundDataset;
  readonly #folders: DatasetFolders;
  readonly #parts = new Map<PartName, Promise<RawImages | undefined>>();

  constructor(found: FoundDataset, folders: DatasetFolders) {
    this.#found = found;
    this.#folders = folders;
  }

  async range({ part, first, count }: ImageRange): Promise<RawImages> {
    const reading = this.#parts.get(part) ?? this.#read(part);
    this.#parts.set(part, reading);
    const images = await reading;
    if (images !== undefined) return sliceImages(images, first, count);
    throw new MicrobatchError({
      code: 'data/missing-part',
      message: `${this.#found.description.id} has no ${part} part`,
    });
  }

  #read(part: PartName): Promise<RawImages | undefined> {
    const { resources, datasets = '' } = this.#folders;
    const found = this.#found;
    return found.origin === 'stored'
      ? readPart(datasets, found.manifest, part)
      : readEmbeddedPart(join(resources, 'datasets', found.description.id), found.files, part);
  }
}

function dataHashOf(found: FoundDataset): string {
  const hashes =
    found.origin === 'embedded'
      ? Object.values(found.files).map(({ sha256 }) => sha256)
      : partNames.flatMap((name) => {
          const part = found.manifest.parts[name];
          return part === undefined ? [] : [part.images.sha256, part.labels.sha256];
        });
  return digest('sha256', hashes.join('\n'));
}
