import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { MicrobatchError } from '../../contracts/errors.ts';
import { statisticsOfSums } from '../raw-images.ts';
import type { SourceSet } from '../readers/source-set.ts';
import { clearAway, moveDurably, writing } from './durable-files.ts';
import { manifestFile, readManifest } from './manifest.ts';
import type { DatasetManifest } from './manifest.ts';
import { writePart } from './part-writer.ts';

/** What a set is stored as, beside what its reader knows. */
type SetIdentity = Pick<DatasetManifest, 'id' | 'label' | 'licence' | 'published'>;

/** Files left out that the manifest names; it counts them all. */
const namedLeftFiles = 1000;

/**
 * Stores a set under its id: files and manifest in a hidden folder, manifest last, then one rename. A crash at any instant
 * leaves the whole set or none. Throws `data/exists`, the errors of `writing` and those of the reader.
 */
export async function storeSet(datasets: string, identity: SetIdentity, source: SourceSet): Promise<DatasetManifest> {
  requireFree(datasets, identity.id);
  const staging = join(datasets, `.staging-${String(process.pid)}-${randomBytes(4).toString('hex')}`);
  try {
    await writing(datasets, () => mkdir(staging, { recursive: true }));
    const manifest = await writeSet(staging, identity, source);
    requireFree(datasets, identity.id);
    await writing(datasets, () => moveDurably(staging, join(datasets, identity.id)));
    return manifest;
  } catch (error) {
    await clearAway(staging);
    throw error;
  }
}

async function writeSet(staging: string, identity: SetIdentity, source: SourceSet): Promise<DatasetManifest> {
  const train = await writePart(staging, 'train', source, source.parts.get('train') ?? []);
  const given = source.parts.get('test');
  const test = given === undefined ? undefined : await writePart(staging, 'test', source, given);
  const plane = source.imageShape[1] * source.imageShape[2];
  const scale = source.elementType === 'uint8' ? 255 : 1;
  const manifest: DatasetManifest = {
    format: 1,
    ...identity,
    kind: source.kind,
    classes: [...source.classes],
    imageShape: [...source.imageShape],
    elementType: source.elementType,
    parts: { train: train.stored, ...(test === undefined ? {} : { test: test.stored }) },
    statistics: mutable(statisticsOfSums(train.sums, train.squares, train.stored.count * plane, scale)),
    source: source.source.map((file) => ({ ...file })),
    left: { count: source.left.length, first: source.left.slice(0, namedLeftFiles).map((file) => ({ ...file })) },
    imported: new Date().toISOString(),
  };
  const path = join(staging, manifestFile);
  await writing(path, () => writeDurably(path, `${JSON.stringify(manifest, null, 2)}\n`));
  return manifest;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes what imports and removals of processes that are gone have left. */
export async function sweepLeftovers(datasets: string): Promise<void> {
  const names = await readdir(datasets).catch(() => []);
  for (const name of names) {
    const owner = /^\.staging-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) await clearAway(join(datasets, name));
  }
}

function requireFree(datasets: string, id: string): void {
  if (readManifest(datasets, id) === undefined) return;
  throw new MicrobatchError({
    code: 'data/exists',
    message: `there is a data set ${id} already`,
    remedy: `choose another id, or remove ${id} first`,
  });
}

function mutable({ mean, standardDeviation }: { mean: readonly number[]; standardDeviation: readonly number[] }) {
  return { mean: [...mean], standardDeviation: [...standardDeviation] };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
