import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fixedNormalisation } from '../../src/data/describe.ts';
import { Normaliser } from '../../src/data/normaliser.ts';
import { readCifar } from '../../src/data/readers/cifar.ts';
import { partNames } from '../../src/data/readers/source-set.ts';
import type { SourceSet } from '../../src/data/readers/source-set.ts';
import { readSafetensors } from '../../src/library/formats/safetensors.ts';
import { parseFile } from './case.ts';
import { Checks } from './checks.ts';
import type { Worst } from './checks.ts';
import { badCase, floats } from './tensors.ts';

const figure = z.number();
const expectedSet = z.object({
  mean: z.array(figure),
  std: z.array(figure),
  binary_folder: z.string(),
  archive: z.string(),
  files: z.array(z.object({ name: z.string(), first: z.int(), count: z.int() })),
  labels: z.array(z.int()),
  first_pixels: z.array(
    z.object({
      index: z.int(),
      red_0_0: z.int(),
      red_0_1: z.int(),
      red_1_0: z.int(),
      green_0_0: z.int(),
      blue_31_31: z.int(),
    }),
  ),
  image_byte_sums: z.array(z.int()),
  plain: z.array(z.int()),
  augmented: z.array(
    z.object({ index: z.int(), top: z.int(), left: z.int(), flip: z.boolean(), mean: figure, norm: figure }),
  ),
  border_value: z.array(figure),
});
const dataFile = z.object({ format: z.literal('golden/1'), datasets: z.record(z.string(), expectedSet) });

const imageLength = 3 * 32 * 32;
const limit = 1e-5;

/** Reads one published form of CIFAR and compares labels, bytes, normalised images, crops and flips. */
export async function runDataCase(folder: string, key: string): Promise<Worst> {
  const [set = '', form = ''] = key.split('-');
  const expected = parseFile(dataFile, join(folder, 'data.json')).datasets[set];
  const kind = (['cifar10-binary', 'cifar10-python', 'cifar100-binary', 'cifar100-python'] as const).find(
    (name) => name === key,
  );
  if (expected === undefined || kind === undefined) throw badCase(`data.json has no data set ${key}`);
  const path = join(folder, form === 'binary' ? expected.binary_folder : expected.archive);
  const { pixels, labels } = await joined(await readCifar(path, kind));
  const tensors = readSafetensors(readFileSync(join(folder, `${set}.safetensors`)));
  const checks = new Checks();

  checks.absolute('labels', labels, expected.labels, 1e-6);
  const sums = expected.image_byte_sums.map((_, index) =>
    sum(pixels.subarray(index * imageLength, (index + 1) * imageLength)),
  );
  checks.absolute('sums of bytes', sums, expected.image_byte_sums, 1e-6);
  for (const { index, ...named } of expected.first_pixels) {
    const at = (channel: number, row: number, column: number): number =>
      pixels[index * imageLength + channel * 1024 + row * 32 + column] ?? Number.NaN;
    const found = [at(0, 0, 0), at(0, 0, 1), at(0, 1, 0), at(1, 0, 0), at(2, 31, 31)];
    const wanted = [named.red_0_0, named.red_0_1, named.red_1_0, named.green_0_0, named.blue_31_31];
    checks.absolute('single pixels', found, wanted, 1e-6);
  }

  const normalisation = fixedNormalisation(kind) ?? { mean: [], standardDeviation: [] };
  checks.absolute('mean', normalisation.mean, expected.mean, limit);
  checks.absolute('deviation', normalisation.standardDeviation, expected.std, limit);
  const normaliser = new Normaliser({ pixels, shape: [3, 32, 32], scale: 255 }, normalisation);
  const image = new Float32Array(imageLength);
  for (const index of expected.plain) {
    normaliser.write(index, image, 0);
    checks.absolute(`plain/${String(index)}`, image, floats(tensors, `plain/${String(index)}`), limit);
  }
  for (const [position, { index, mean, norm, ...crop }] of expected.augmented.entries()) {
    normaliser.writeCropped(index, crop, image, 0);
    const name = `augmented/${String(position)}`;
    checks.absolute(name, image, floats(tensors, name), limit);
    checks.figure(`${name} mean`, sum(image) / imageLength, mean);
    checks.figure(`${name} norm`, Math.sqrt(sum(image.map((value) => value * value))), norm);
  }
  // The top left corner of a crop from (0, 0) is all border.
  normaliser.writeCropped(0, { top: 0, left: 0, flip: false }, image, 0);
  checks.absolute('border', [image[0] ?? 0, image[1024] ?? 0, image[2048] ?? 0], expected.border_value, limit);
  return checks.worst;
}

/** All images in file order, training files first. */
async function joined({ parts }: SourceSet): Promise<{ pixels: Uint8Array; labels: number[] }> {
  const pixels: number[][] = [];
  const labels: number[] = [];
  for (const name of partNames) {
    for await (const chunk of parts.get(name) ?? []) {
      pixels.push([...chunk.pixels]);
      labels.push(...Array.from(chunk.labels));
    }
  }
  return { pixels: Uint8Array.from(pixels.flat()), labels };
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index += 1) total += values[index] ?? 0;
  return total;
}
