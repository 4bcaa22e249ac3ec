import { basename } from 'node:path';
import type { DatasetKind } from '../contracts/datasets.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { parseOrThrow } from '../contracts/parse.ts';
import { isEmbedded } from './catalogue.ts';
import { detectKind } from './detect-kind.ts';
import { generatedSet, knownSet, publishedSet } from './known-sets.ts';
import type { KnownSet } from './known-sets.ts';
import { generateDigits } from './generated-digits.ts';
import { readCifar } from './readers/cifar.ts';
import { readClassFolders } from './readers/class-folders.ts';
import { readIdxSet } from './readers/idx-set.ts';
import { readNpzSet } from './readers/npz.ts';
import type { SourceSet } from './readers/source-set.ts';
import { datasetId } from './store/manifest.ts';
import type { DatasetManifest } from './store/manifest.ts';
import { storeSet, sweepLeftovers } from './store/store-set.ts';
import { emptyOldTrash } from './store/trash.ts';

export interface ImportRequest {
  /** An archive, a file or a folder. */
  readonly path: string;
  /** Name of the set; a known set keeps its own, others take that of the file, unless given. */
  readonly id?: string | undefined;
  /** Found out unless given. */
  readonly kind?: DatasetKind | undefined;
  /** The known set that the files were verified to be, where that was done before. */
  readonly published?: KnownSet | undefined;
}

/**
 * Reads a data set and stores it in `datasets` as whole or not at all. Ids of known sets are for copies with the
 * published checksums only. Throws `data/exists`, `data/wrong-checksum`, `data/invalid-id` and the errors of the readers.
 */
export async function importDataset(datasets: string, request: ImportRequest): Promise<DatasetManifest> {
  await sweepLeftovers(datasets);
  await emptyOldTrash(datasets);
  const kind = request.kind ?? (await detectKind(request.path));
  if (request.id !== undefined) requireId(request.id);
  const source = await readSource(request.path, kind);
  const known = request.published ?? publishedSet(source.source);
  const id = request.id ?? known?.id ?? idOf(request.path);
  requireId(id);
  const reserved = knownSet(id);
  if (reserved !== undefined && known?.id !== id) throw notPublished(request.path, source, id);
  return storeSet(
    datasets,
    {
      id,
      label: labelOf(id, kind, known),
      licence: kind === 'mnist-1d' ? generatedSet.licence : (known?.licence ?? 'not stated'),
      published: known !== undefined,
    },
    source,
  );
}

function readSource(path: string, kind: DatasetKind): Promise<SourceSet> {
  switch (kind) {
    case 'cifar10-binary':
    case 'cifar10-python':
    case 'cifar100-binary':
    case 'cifar100-python':
      return readCifar(path, kind);
    case 'idx':
      return readIdxSet(path);
    case 'npz':
      return readNpzSet(path);
    case 'class-folders':
      return readClassFolders(path);
    case 'mnist-1d':
      return Promise.resolve(generateDigits());
  }
}

function labelOf(id: string, kind: DatasetKind, known: KnownSet | undefined): string {
  if (known?.id === id) return known.label;
  return kind === 'mnist-1d' ? generatedSet.label : id;
}

/** The name of the file without its endings, as an id. */
function idOf(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replace(/(\.tar)?\.(gz|tgz|tar|npz|zip)$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
  return name === '' ? 'data-set' : name;
}

function requireId(id: string): void {
  parseOrThrow(datasetId, id, { code: 'data/invalid-id', what: `the id ${JSON.stringify(id.slice(0, 80))}` });
  if (!isEmbedded(id)) return;
  throw new MicrobatchError({
    code: 'data/exists',
    message: `${id} is the name of a set that ships with the application`,
    remedy: 'choose another id',
  });
}

function notPublished(path: string, source: SourceSet, id: string): MicrobatchError {
  const [file] = source.source;
  const found = file === undefined ? '' : `: the MD5 of ${file.name} is ${file.md5}`;
  const wanted = knownSet(id)?.forms.flatMap(({ files }) => files.map(({ name, md5 }) => `${name} ${md5}`)) ?? [];
  return new MicrobatchError({
    code: 'data/wrong-checksum',
    message: `${path} is not ${id} as it was published${found}`,
    expected: wanted.join(', '),
    remedy: 'fetch it again, or add it under another id',
  });
}
