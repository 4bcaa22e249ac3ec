import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { datasetKind } from '../../contracts/datasets.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';

export const manifestFile = 'manifest.json';

/** Ids of data sets: also names of their folders. */
export const datasetId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected lower-case letters, digits and hyphens, at most 64, such as my-set-2');

const storedFile = z.object({ name: z.string(), bytes: z.int(), sha256: z.string() });
export type StoredFile = z.infer<typeof storedFile>;

const storedPart = z.object({
  count: z.int().min(1),
  /** Row-major [count, C, H, W]; float32 is little-endian. */
  images: storedFile,
  /** A little-endian 32-bit class each. */
  labels: storedFile,
  /** Images of each class. */
  classCounts: z.array(z.int()),
});
export type StoredPart = z.infer<typeof storedPart>;

/** manifest.json of a stored data set: written last, so that a folder without it is none. */
const datasetManifest = z.object({
  format: z.literal(1),
  id: datasetId,
  label: z.string(),
  kind: datasetKind,
  classes: z.array(z.string()).min(1),
  imageShape: z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]),
  elementType: z.enum(['uint8', 'float32']),
  parts: z.object({ train: storedPart, test: storedPart.optional() }),
  /** Of each channel over all images of the part for training, pixels divided by 255 where they are bytes. */
  statistics: z.object({ mean: z.array(z.number()), standardDeviation: z.array(z.number()) }),
  source: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string(), md5: z.string() })),
  /** Whether the source has the published checksums of a known set. */
  published: z.boolean(),
  licence: z.string(),
  /** Files that were left out: how many, and the first of them. */
  left: z.object({ count: z.int(), first: z.array(z.object({ file: z.string(), code: z.string() })) }),
  imported: z.string(),
});
export type DatasetManifest = z.infer<typeof datasetManifest>;

/** The manifest of a stored set; undefined where there is none of that id. Throws `data/bad-manifest`. */
export function readManifest(datasets: string, id: string): DatasetManifest | undefined {
  if (!datasetId.safeParse(id).success) return undefined;
  const file = join(datasets, id, manifestFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const context = { code: 'data/bad-manifest', what: file, remedy: 'remove the data set and add it again' };
  return { ...parseOrThrow(datasetManifest, parseJson(text, file), context), id };
}

/** Every stored set whose manifest can be read, by id. */
export function storedSets(datasets: string): DatasetManifest[] {
  return folderNames(datasets).flatMap((id) => {
    try {
      return readManifest(datasets, id) ?? [];
    } catch {
      // A damaged set must not hide the others; naming it says what is wrong with it.
      return [];
    }
  });
}

function folderNames(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();
  } catch {
    return [];
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MicrobatchError(
      { code: 'data/bad-manifest', message: `${file} is not JSON`, remedy: 'remove the data set and add it again' },
      { cause },
    );
  }
}
