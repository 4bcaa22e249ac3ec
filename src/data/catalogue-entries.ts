import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetEntry } from '../contracts/datasets.ts';
import { embeddedSets } from './catalogue.ts';
import type { EmbeddedDataset } from './catalogue.ts';
import { generatedSet, knownSet, knownSets } from './known-sets.ts';
import type { KnownSet } from './known-sets.ts';
import { storedSets } from './store/manifest.ts';
import type { DatasetManifest } from './store/manifest.ts';
import { isRemoved } from './store/trash.ts';

/** What the data room knows of an entry; which runs use it is known elsewhere. */
export type CatalogueEntry = Omit<DatasetEntry, 'runs'>;

/** The whole catalogue: what can be trained on first, then known sets that are not here yet. */
export function catalogueEntries(folders: { readonly resources: string; readonly datasets: string }): CatalogueEntry[] {
  const stored = storedSets(folders.datasets);
  const here = new Set(stored.map(({ id }) => id));
  const restorable = (id: string): boolean => isRemoved(folders.datasets, id);
  return [
    ...embeddedSets.map((set) => embeddedEntry(set, folders.resources)),
    ...stored.map((manifest) => storedEntry(manifest, restorable(manifest.id))),
    ...knownSets.filter(({ id }) => !here.has(id)).map((set) => knownEntry(set, restorable(set.id))),
    ...(here.has(generatedSet.id) ? [] : [generatedEntry(restorable(generatedSet.id))]),
  ];
}

function embeddedEntry({ description, files }: EmbeddedDataset, resources: string): CatalogueEntry {
  const folder = join(resources, 'datasets', description.id);
  return {
    ...description,
    state: 'embedded',
    kind: 'idx',
    classes: description.classes.length,
    testImages: description.validationImages,
    bytes: Object.values(files).reduce((sum, { name }) => sum + sizeOf(join(folder, name)), 0),
    downloadBytes: null,
    published: null,
    citation: knownSet('fashion-mnist')?.citation ?? null,
    home: knownSet('fashion-mnist')?.home ?? null,
    checksums: [],
    leftOut: 0,
    restorable: false,
  };
}

function storedEntry(manifest: DatasetManifest, restorable: boolean): CatalogueEntry {
  const { train, test } = manifest.parts;
  const known = manifest.published ? knownSet(manifest.id) : undefined;
  const files = [train.images, train.labels, ...(test === undefined ? [] : [test.images, test.labels])];
  return {
    id: manifest.id,
    label: manifest.label,
    state: 'stored',
    kind: manifest.kind,
    classes: manifest.classes.length,
    imageShape: manifest.imageShape,
    trainImages: train.count,
    testImages: test?.count ?? 0,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    downloadBytes: null,
    published: manifest.published,
    licence: manifest.licence,
    citation: known?.citation ?? (manifest.kind === 'mnist-1d' ? generatedSet.citation : null),
    home: known?.home ?? null,
    checksums: manifest.source.map(({ name, md5, sha256 }) => ({ file: name, md5, sha256 })),
    leftOut: manifest.left.count,
    restorable,
  };
}

function knownEntry(set: KnownSet, restorable: boolean): CatalogueEntry {
  const files = set.forms[0]?.files ?? [];
  const { id, label, classes, imageShape, trainImages, testImages, licence, citation, home } = set;
  return {
    ...{ id, label, classes, trainImages, testImages, licence, citation, home, restorable },
    imageShape: [...imageShape],
    state: 'known',
    kind: set.forms[0]?.kind ?? null,
    bytes: null,
    downloadBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    published: null,
    checksums: set.forms
      .flatMap((form) => form.files)
      .map(({ name, md5, sha256 = null }) => ({ file: name, md5, sha256 })),
    leftOut: 0,
  };
}

function generatedEntry(restorable: boolean): CatalogueEntry {
  return {
    ...generatedSet,
    imageShape: [...generatedSet.imageShape],
    state: 'known',
    kind: 'mnist-1d',
    bytes: null,
    downloadBytes: null,
    published: null,
    home: null,
    checksums: [],
    leftOut: 0,
    restorable,
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
