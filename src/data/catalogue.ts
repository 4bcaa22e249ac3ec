import type { DatasetDescription } from '../contracts/datasets.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { describeStored } from './describe.ts';
import { knownSet } from './known-sets.ts';
import { readManifest, storedSets } from './store/manifest.ts';
import type { DatasetManifest } from './store/manifest.ts';

/** A data set that ships with the application: its files under resources/datasets/<id>/ and what they must hash to. */
export interface EmbeddedDataset {
  readonly description: DatasetDescription;
  readonly files: {
    readonly trainImages: DatasetFile;
    readonly trainLabels: DatasetFile;
    readonly validationImages: DatasetFile;
    readonly validationLabels: DatasetFile;
  };
}

export interface DatasetFile {
  readonly name: string;
  readonly sha256: string;
}

const fashionMnistSmall: EmbeddedDataset = {
  description: {
    id: 'fashion-mnist-small',
    label: 'Fashion-MNIST, small',
    classes: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
    imageShape: [1, 28, 28],
    trainImages: 6000,
    validationImages: 2000,
    validationNote: 'Validation is the 2,000 images of the test file; there is no separate test split.',
    licence: 'MIT, Zalando Research',
  },
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte.gz',
      sha256: 'da84e57f0dbfe7716fb7befbb8f6426a1e60f6a7030eecdb2ba27c5096237605',
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte.gz',
      sha256: 'cd9bd37a9d1812dbf8017ab8a4db31fc74a00a5bf57754b3c2bf5911a60512bb',
    },
    validationImages: {
      name: 't10k-images-idx3-ubyte.gz',
      sha256: 'a2d469e967c6f16f941e652e24b2bc5422a63b1a71325ff49da1bb5a3350b4dc',
    },
    validationLabels: {
      name: 't10k-labels-idx1-ubyte.gz',
      sha256: '09e12ea2704e7fc948433dfc4fc0c69cf8e2e18611cf6b3b80e6ad82dec4dcba',
    },
  },
};

export const embeddedSets: readonly EmbeddedDataset[] = [fashionMnistSmall];

/** A data set that a run can name: one that ships with the application, or one that this user has added. */
export type FoundDataset =
  | { readonly origin: 'embedded'; readonly description: DatasetDescription; readonly files: EmbeddedDataset['files'] }
  | { readonly origin: 'stored'; readonly description: DatasetDescription; readonly manifest: DatasetManifest };

/** Every data set that a run can name. `datasets` is the folder of the user's sets. */
export function listDatasets(datasets: string | undefined): DatasetDescription[] {
  const stored = datasets === undefined ? [] : storedSets(datasets).map(describeStored);
  return [...embeddedSets.map(({ description }) => description), ...stored];
}

/** Throws `data/unknown-dataset`, which lists what there is, and `data/bad-manifest`. */
export function findDataset(id: string, datasets: string | undefined): FoundDataset {
  const embedded = embeddedSets.find(({ description }) => description.id === id);
  if (embedded !== undefined) return { origin: 'embedded', ...embedded };
  const manifest = datasets === undefined ? undefined : readManifest(datasets, id);
  if (manifest !== undefined) return { origin: 'stored', description: describeStored(manifest), manifest };
  const ids = listDatasets(datasets).map((description) => description.id);
  throw new MicrobatchError({
    code: 'data/unknown-dataset',
    message: `there is no data set ${id}`,
    expected: `one of ${ids.join(', ')}`,
    remedy:
      knownSet(id) === undefined
        ? 'correct dataset.id in the run spec'
        : `microbatch datasets download ${id}, or microbatch datasets add with a file of it`,
  });
}

/** Whether an id belongs to a set that ships with the application. */
export function isEmbedded(id: string): boolean {
  return embeddedSets.some(({ description }) => description.id === id);
}
