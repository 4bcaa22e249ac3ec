import type { DatasetReport } from '../contracts/datasets.ts';
import { arrange } from './arrangement.ts';
import { findDataset } from './catalogue.ts';
import { arrangedSet } from './describe.ts';
import type { DatasetFolders } from './open-dataset.ts';
import { openDataset } from './open-dataset.ts';
import type { DatasetManifest } from './store/manifest.ts';
import { readPart } from './store/read-set.ts';

/** What was stored, in the form of the command line. */
export function reportOf(manifest: DatasetManifest): DatasetReport {
  const { train, validation, test } = arrange(arrangedSet(manifest));
  return {
    dataset: manifest.id,
    splits: { train: train.count, validation: validation.count, ...(test === null ? {} : { test: test.count }) },
    left: manifest.left.first,
    leftCount: manifest.left.count,
    published: manifest.published,
  };
}

/** Reads a whole set and compares every file with its hash. Throws `data/wrong-checksum`, `data/missing-file`. */
export async function verifyDataset(
  id: string,
  folders: DatasetFolders & { readonly datasets: string },
): Promise<DatasetReport> {
  const found = findDataset(id, folders.datasets);
  if (found.origin === 'stored') {
    await readPart(folders.datasets, found.manifest, 'train');
    await readPart(folders.datasets, found.manifest, 'test');
    return reportOf(found.manifest);
  }
  const { train, validation } = await openDataset({ id }, folders);
  return {
    dataset: id,
    splits: { train: train.size, validation: validation.size },
    left: [],
    leftCount: 0,
    published: null,
  };
}
