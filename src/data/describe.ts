import type { DatasetDescription } from '../contracts/datasets.ts';
import { datasetSplits } from '../contracts/run-spec.ts';
import type { DatasetSpec } from '../contracts/run-spec.ts';
import { arrange } from './arrangement.ts';
import type { ArrangedSet, Arrangement } from './arrangement.ts';
import type { Normalisation } from './raw-images.ts';
import type { DatasetManifest } from './store/manifest.ts';

/** What a net for a data set has to do: images of this shape [C, H, W], told apart in so many classes. */
export function taskOf(
  { imageShape: [channels, height, width], classes }: Pick<DatasetDescription, 'imageShape' | 'classes'>,
  { resize }: Pick<DatasetSpec, 'resize'>,
): { readonly inputShape: readonly [number, number, number]; readonly classes: number } {
  return { inputShape: [channels, resize ?? height, resize ?? width], classes: classes.length };
}

/** A stored set as its images are divided. */
export function arrangedSet({ id, kind, parts }: DatasetManifest): ArrangedSet {
  return { id, train: parts.train.count, test: parts.test?.count, study: studySet(kind) };
}

/** A stored set as forms and screens show it; its figures are those of the split `clean`. */
export function describeStored(manifest: DatasetManifest): DatasetDescription {
  const set = arrangedSet(manifest);
  const { train, validation, note } = arrange(set);
  const names = set.study === undefined ? datasetSplits.filter((split) => split === 'clean') : datasetSplits;
  return {
    id: manifest.id,
    label: manifest.label,
    classes: manifest.classes,
    imageShape: manifest.imageShape,
    trainImages: train.count,
    validationImages: validation.count,
    validationNote: note,
    licence: manifest.licence,
    splits: names.map((split) => ({ split, ...figures(arrange(set, split)) })),
  };
}

function figures({ validation, test, note }: Arrangement) {
  return { validationImages: validation.count, testImages: test?.count ?? 0, note };
}

function studySet(kind: DatasetManifest['kind']): ArrangedSet['study'] {
  if (kind.startsWith('cifar100')) return 'cifar100';
  return kind.startsWith('cifar10') ? 'cifar10' : undefined;
}

/** Constants that the study normalises with; for CIFAR-10 the deviations are the widespread ones, not those of the pixels. */
const studyConstants: Readonly<Record<NonNullable<ArrangedSet['study']>, Normalisation>> = {
  cifar10: { mean: [0.4914, 0.4822, 0.4465], standardDeviation: [0.2023, 0.1994, 0.201] },
  cifar100: {
    mean: [0.5070751592371323, 0.48654887331495095, 0.4409178433670343],
    standardDeviation: [0.2673342858792401, 0.2564384629170883, 0.27615047132568404],
  },
};

/** The constants of the study for CIFAR; undefined where the statistics of the training images are taken. */
export function fixedNormalisation(kind: DatasetManifest['kind']): Normalisation | undefined {
  const study = studySet(kind);
  return study === undefined ? undefined : studyConstants[study];
}
