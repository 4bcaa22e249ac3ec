import { MicrobatchError } from '../contracts/errors.ts';
import type { DatasetSplit } from '../contracts/run-spec.ts';
import type { PartName } from './readers/source-set.ts';

/** Some images of a part. */
export interface ImageRange {
  readonly part: PartName;
  readonly first: number;
  readonly count: number;
}

/** Which images serve what. */
export interface Arrangement {
  readonly train: ImageRange;
  readonly validation: ImageRange;
  /** For the figure that is reported at the end; null where the set has no images left for it. */
  readonly test: ImageRange | null;
  /** What the validation and test images are, in words. */
  readonly note: string;
}

/** How many images a set has, and whether the study used it. */
export interface ArrangedSet {
  readonly id: string;
  readonly train: number;
  readonly test: number | undefined;
  readonly study: 'cifar10' | 'cifar100' | undefined;
}

/** Most images that the study validated on. */
const referenceValidation = 10_000;

/**
 * Divides a set. `clean`, the default: training on the first four fifths of the training file (40,000 of CIFAR),
 * validation on the rest, test on the test file. `reference`, as in the study: the same for CIFAR-100; for CIFAR-10
 * validation on the first 10,000 images of the test file and test on the last fifth of the training file.
 * Throws `data/no-such-split`.
 */
export function arrange(set: ArrangedSet, split: DatasetSplit = 'clean'): Arrangement {
  const training = Math.floor((set.train * 4) / 5);
  const train: ImageRange = { part: 'train', first: 0, count: training };
  const held: ImageRange = { part: 'train', first: training, count: set.train - training };
  const testFile: ImageRange | null = set.test === undefined ? null : { part: 'test', first: 0, count: set.test };
  if (training === 0) {
    throw new MicrobatchError({
      code: 'data/too-few-images',
      message: `${set.id} has ${String(set.train)} training images`,
      expected: 'at least two: the last fifth is held out for validation',
    });
  }
  if (split === 'reference' && set.study === undefined) {
    throw new MicrobatchError({
      code: 'data/no-such-split',
      message: `the study did not use ${set.id}, so there is no reference split of it`,
      expected: 'clean, or nothing',
    });
  }
  if (split === 'reference' && set.study === 'cifar10' && testFile !== null) {
    const validation = { ...testFile, count: Math.min(referenceValidation, testFile.count) };
    return {
      train,
      validation,
      test: held,
      note: `As in the study, validation is ${words(validation.count)} images of the official test file, on which the best step is chosen; test is the last ${words(held.count)} training images.`,
    };
  }
  const test = testFile === null ? 'There is no test file.' : `Test is the ${words(testFile.count)} of the test file.`;
  return {
    train,
    validation: held,
    test: testFile,
    note: `Validation is the last ${words(held.count)} training images. ${test}`,
  };
}

function words(count: number): string {
  return count.toLocaleString('en-GB');
}
