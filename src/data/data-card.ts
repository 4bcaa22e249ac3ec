import { hash } from 'node:crypto';
import type { DatasetCard } from '../contracts/datasets.ts';
import { RandomStream } from '../engine/training/random.ts';
import { cropAt, drawCrops } from './crops.ts';
import { Normaliser } from './normaliser.ts';
import { openRaw } from './open-dataset.ts';
import type { DatasetFolders } from './open-dataset.ts';
import { imageLength, pixelStatistics } from './raw-images.ts';
import type { Normalisation, RawImages } from './raw-images.ts';

/** Classes that are shown, and images of each. */
const shownClasses = 20;
const shownOfClass = 3;

/** Looks at every image of a set, divided as `clean` does. Throws what opening it throws. */
export async function dataCard(id: string, folders: DatasetFolders): Promise<DatasetCard> {
  const { description, normalisation, range, arrangement } = openRaw({ id }, folders);
  const train = await range(arrangement.train);
  const splits: (readonly [string, RawImages])[] = [
    ['train', train],
    ['validation', await range(arrangement.validation)],
    ...(arrangement.test === null ? [] : [['test', await range(arrangement.test)] as const]),
  ];
  const statistics = pixelStatistics(train);
  const fixed = normalisation ?? statistics;
  return {
    dataset: id,
    classes: description.classes,
    splits: splits.map(([split, images]) => ({
      split,
      images: images.count,
      classCounts: countClasses(images, description.classes.length),
    })),
    mean: [...statistics.mean],
    standardDeviation: [...statistics.standardDeviation],
    normalisation: { mean: [...fixed.mean], standardDeviation: [...fixed.standardDeviation] },
    duplicates: findDuplicates(splits),
    imageShape: description.imageShape,
    samples: samplesOf(train, fixed),
  };
}

function countClasses({ labels }: RawImages, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Images of a split whose pixels also are in another one, and those that a split has twice. */
function findDuplicates(splits: readonly (readonly [string, RawImages])[]): DatasetCard['duplicates'] {
  const found = splits.map(([name, images]) => ({ name, prints: fingerprints(images) }));
  return found.flatMap(({ name, prints }, index) => {
    const distinct = new Set(prints);
    const across = found.slice(index + 1).map((other) => ({
      between: `${name} and ${other.name}`,
      count: other.prints.filter((print) => distinct.has(print)).length,
    }));
    return [{ between: `${name} and itself`, count: prints.length - distinct.size }, ...across];
  });
}

function fingerprints(images: RawImages): string[] {
  const { pixels, count } = images;
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const length = bytes.length / count;
  return Array.from({ length: count }, (_, index) =>
    hash('sha256', bytes.subarray(index * length, (index + 1) * length), 'base64'),
  );
}

/** The first images of each class, as training sees them: with a crop and a flip that it could draw. */
function samplesOf(images: RawImages, normalisation: Normalisation): DatasetCard['samples'] {
  const normaliser = new Normaliser(images, normalisation);
  const length = imageLength(images);
  const cropped = images.shape[1] > 1;
  const stream = RandomStream.named(0, 'data card');
  const shown = new Map<number, number>();
  const samples: DatasetCard['samples'] = [];
  for (const [index, label] of images.labels.entries()) {
    const before = shown.get(label) ?? 0;
    if (label >= shownClasses || before >= shownOfClass) continue;
    shown.set(label, before + 1);
    const plain = new Float32Array(length);
    normaliser.write(index, plain, 0);
    const augmented = new Float32Array(length);
    if (cropped) normaliser.writeCropped(index, cropAt(drawCrops(1, stream), 0), augmented, 0);
    samples.push({ label, index, plain: [...plain], augmented: cropped ? [...augmented] : null });
  }
  return samples.toSorted((a, b) => a.label - b.label);
}
