import { join } from 'node:path';
import { MicrobatchError } from '../contracts/errors.ts';
import { downloadFile } from './download.ts';
import { importDataset } from './import-dataset.ts';
import { generatedSet, knownSet } from './known-sets.ts';
import type { KnownSet } from './known-sets.ts';
import { clearAway } from './store/durable-files.ts';
import { readManifest } from './store/manifest.ts';
import type { DatasetManifest } from './store/manifest.ts';

/** Hears what is being done, and how much of it, from 0 to 1. */
export type Report = (what: string, fraction: number | null) => void;

/** Fetches or makes a known set and stores it. Throws `data/unknown-dataset`, `data/exists` and the errors on the way. */
export async function obtainKnownSet(datasets: string, id: string, report: Report): Promise<DatasetManifest> {
  if (readManifest(datasets, id) !== undefined) {
    throw new MicrobatchError({
      code: 'data/exists',
      message: `${id} is there already`,
      remedy: `microbatch datasets verify ${id}`,
    });
  }
  if (id === generatedSet.id) {
    report('making the images', null);
    return importDataset(datasets, { path: id, id, kind: 'mnist-1d' });
  }
  const known = knownSet(id);
  if (known !== undefined) return downloadSet(datasets, known, report);
  throw new MicrobatchError({
    code: 'data/unknown-dataset',
    message: `${id} is not in the catalogue of known sets`,
    remedy: 'microbatch datasets list shows it; microbatch datasets add takes any other set from a file or folder',
  });
}

/** Fetches the first published form of a known set, verifies it, and stores it. */
export async function downloadSet(datasets: string, known: KnownSet, report: Report): Promise<DatasetManifest> {
  const folder = join(datasets, '.downloads', known.id);
  const [form] = known.forms;
  const files = form?.files ?? [];
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  let path = folder;
  for (const file of files) {
    report(`fetching ${file.name}`, before / total);
    path = await downloadFile(file, folder, (bytes) => report(`fetching ${file.name}`, (before + bytes) / total));
    before += file.bytes;
  }
  report('reading the images', null);
  const manifest = await importDataset(datasets, {
    path: files.length === 1 ? path : folder,
    id: known.id,
    kind: form?.kind,
    published: known,
  });
  await clearAway(folder);
  return manifest;
}
