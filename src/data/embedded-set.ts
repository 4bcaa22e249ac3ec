import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MicrobatchError } from '../contracts/errors.ts';
import type { DatasetFile, EmbeddedDataset } from './catalogue.ts';
import { readIdx } from './idx.ts';
import type { IdxArray } from './idx.ts';
import type { RawImages } from './raw-images.ts';
import { digest } from './readers/named-files.ts';
import type { PartName } from './readers/source-set.ts';

/** A part of a set that ships with the application. Throws `data/missing-file`, `data/wrong-checksum`, `data/invalid-idx`. */
export async function readEmbeddedPart(
  folder: string,
  files: EmbeddedDataset['files'],
  part: PartName,
): Promise<RawImages> {
  const [imagesFile, labelsFile] =
    part === 'train' ? [files.trainImages, files.trainLabels] : [files.validationImages, files.validationLabels];
  const [images, labels] = await Promise.all([loadVerified(folder, imagesFile), loadVerified(folder, labelsFile)]);
  const [count = 0, height = 1, width = 1] = images.shape;
  return { count, shape: [1, height, width], pixels: images.data, scale: 255, labels: labels.data };
}

async function loadVerified(folder: string, file: DatasetFile): Promise<IdxArray> {
  const path = join(folder, file.name);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new MicrobatchError(
      { code: 'data/missing-file', message: `${path} cannot be read`, remedy: 'install the application again' },
      { cause },
    );
  });
  const found = digest('sha256', bytes);
  if (found !== file.sha256) {
    throw new MicrobatchError({
      code: 'data/wrong-checksum',
      message: `${path} is not the file that was published: its SHA-256 is ${found}`,
      expected: file.sha256,
      remedy: 'install the application again',
    });
  }
  return readIdx(bytes, path);
}
