import { MicrobatchError } from '../../contracts/errors.ts';
import type { DatasetKind } from '../../contracts/datasets.ts';
import { readNamedFiles } from './named-files.ts';
import { readPickle } from './pickle.ts';
import type { PickledValue } from './pickle.ts';
import type { Examples, PartName, SourceSet } from './source-set.ts';

type CifarKind = Extract<DatasetKind, `cifar${string}`>;

/** How a published form of CIFAR is laid out. */
interface Form {
  readonly files: Readonly<Record<PartName, readonly string[]>>;
  readonly names: string;
  readonly classes: 10 | 100;
  readonly read: (bytes: Uint8Array, file: string, form: Form) => Examples;
  readonly readNames: (bytes: Uint8Array, file: string) => string[];
}

const imageBytes = 3 * 32 * 32;
const fiveBatches = (ending: string): string[] =>
  [1, 2, 3, 4, 5].map((batch) => `data_batch_${String(batch)}${ending}`);

export const cifarForms: Readonly<Record<CifarKind, Form>> = {
  'cifar10-binary': {
    files: { train: fiveBatches('.bin'), test: ['test_batch.bin'] },
    names: 'batches.meta.txt',
    classes: 10,
    read: (bytes, file) => readRecords(bytes, file, { labelBytes: 1, labelAt: 0 }),
    readNames: lines,
  },
  'cifar100-binary': {
    files: { train: ['train.bin'], test: ['test.bin'] },
    names: 'fine_label_names.txt',
    classes: 100,
    // Coarse label, fine label.
    read: (bytes, file) => readRecords(bytes, file, { labelBytes: 2, labelAt: 1 }),
    readNames: lines,
  },
  'cifar10-python': {
    files: { train: fiveBatches(''), test: ['test_batch'] },
    names: 'batches.meta',
    classes: 10,
    read: (bytes, file) => readPickled(bytes, file, 'labels'),
    readNames: (bytes, file) => pickledNames(bytes, file, 'label_names'),
  },
  'cifar100-python': {
    files: { train: ['train'], test: ['test'] },
    names: 'meta',
    classes: 100,
    read: (bytes, file) => readPickled(bytes, file, 'fine_labels'),
    readNames: (bytes, file) => pickledNames(bytes, file, 'fine_label_names'),
  },
};

/**
 * Reads CIFAR-10 or CIFAR-100 from an archive or a folder, training files in the order of their numbers. Images are
 * [3, 32, 32] bytes. Throws the errors of `readNamedFiles` and `readPickle`, and `data/missing-file`,
 * `data/wrong-shape`, `data/label-out-of-range`.
 */
export async function readCifar(path: string, kind: CifarKind): Promise<SourceSet> {
  const form = cifarForms[kind];
  const wanted = [...form.files.train, ...form.files.test, form.names];
  const { files, source } = await readNamedFiles(path, (name) => wanted.includes(name));
  const missing = wanted.filter((name) => name !== form.names && !files.has(name));
  if (missing.length > 0) {
    throw new MicrobatchError({
      code: 'data/missing-file',
      message: `${path} has no ${missing.join(', ')}`,
      expected: `the files of ${kind}: ${wanted.join(', ')}`,
    });
  }
  const part = (name: PartName): Examples[] =>
    form.files[name].map((file) => {
      const examples = form.read(files.get(file) ?? new Uint8Array(), file, form);
      requireLabels(examples.labels, form.classes, file);
      return examples;
    });
  return {
    kind,
    classes: classNames(files.get(form.names), form),
    imageShape: [3, 32, 32],
    elementType: 'uint8',
    parts: new Map([
      ['train', part('train')],
      ['test', part('test')],
    ]),
    left: [],
    source,
  };
}

/** Records of label bytes and 3,072 bytes of image: 1,024 red, 1,024 green, 1,024 blue, row by row. */
function readRecords(
  bytes: Uint8Array,
  file: string,
  { labelBytes, labelAt }: { readonly labelBytes: number; readonly labelAt: number },
): Examples {
  const record = labelBytes + imageBytes;
  const count = Math.floor(bytes.length / record);
  if (count === 0 || count * record !== bytes.length) {
    throw wrongShape(file, `${String(bytes.length)} bytes`, `a multiple of ${String(record)} bytes`);
  }
  const pixels = new Uint8Array(count * imageBytes);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) {
    const start = index * record;
    labels[index] = bytes[start + labelAt] ?? 0;
    pixels.set(bytes.subarray(start + labelBytes, start + record), index * imageBytes);
  }
  return { pixels, labels };
}

/** A dictionary with `data`, an array [n, 3072] of bytes, and a list of labels. */
function readPickled(bytes: Uint8Array, file: string, labelKey: string): Examples {
  const value = readPickle(bytes, file);
  const data = value instanceof Map ? field(value, 'data') : undefined;
  const given = value instanceof Map ? field(value, labelKey) : undefined;
  if (!isArray(data) || !Array.isArray(given)) {
    throw wrongShape(file, 'other content', `a dictionary with data and ${labelKey}`);
  }
  const labels = given.filter((label): label is number => typeof label === 'number');
  const { shape } = data;
  if (shape.length !== 2 || shape[1] !== imageBytes || shape[0] !== given.length || labels.length !== given.length) {
    const found = `data of shape [${shape.join(', ')}] and ${String(labels.length)} labels`;
    throw wrongShape(file, found, `data of shape [n, ${String(imageBytes)}] and n labels`);
  }
  if (labels.length === 0) throw wrongShape(file, 'no image', 'at least one');
  return { pixels: data.data, labels };
}

function pickledNames(bytes: Uint8Array, file: string, key: string): string[] {
  const value = readPickle(bytes, file);
  const names = value instanceof Map ? field(value, key) : undefined;
  if (!Array.isArray(names)) return [];
  return names
    .filter((name): name is Uint8Array => name instanceof Uint8Array)
    .map((name) => Buffer.from(name).toString('utf8'));
}

function field(dictionary: ReadonlyMap<string, PickledValue>, key: string): PickledValue | undefined {
  return dictionary.get(key);
}

function isArray(value: PickledValue | undefined): value is Extract<PickledValue, { kind: 'array' }> {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function lines(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The names that come with the archive; numbers where they are missing or others than there are classes. */
function classNames(bytes: Uint8Array | undefined, form: Form): string[] {
  const names = bytes === undefined ? [] : form.readNames(bytes, form.names);
  return names.length === form.classes ? names : Array.from({ length: form.classes }, (_, label) => String(label));
}

/** Throws `data/label-out-of-range` for the first label that is no class. */
export function requireLabels(labels: ArrayLike<number>, classes: number, file: string): void {
  for (let index = 0; index < labels.length; index += 1) {
    const label = labels[index] ?? -1;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new MicrobatchError({
      code: 'data/label-out-of-range',
      message: `image ${String(index)} of ${file} is labelled ${String(label)}`,
      expected: `a class from 0 to ${String(classes - 1)}`,
    });
  }
}

function wrongShape(file: string, found: string, expected: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/wrong-shape',
    message: `${file} does not hold CIFAR images: ${found}`,
    expected,
    remedy: 'fetch the archive again from its source',
  });
}
