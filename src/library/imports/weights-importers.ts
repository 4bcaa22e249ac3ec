import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { ImportedItem, ImportExamination } from '../../contracts/imports.ts';
import type { TensorInFile } from '../formats/element-types.ts';
import { largestWeights, overPth } from '../formats/pytorch/read-pth.ts';
import type { WeightsInFile } from '../formats/pytorch/read-pth.ts';
import { isZip } from '../formats/pytorch/zip-form.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import { hashFile } from '../hash-file.ts';
import { newRunId } from '../run-id.ts';
import { takenIn } from '../taken-ids.ts';
import { recogniseModel } from '../weights/recognise-model.ts';
import { WeightsStore } from '../weights/weights-store.ts';
import type { Importer, ImportTask } from './importer.ts';
import type { ImportSource } from './source.ts';

export const safetensorsImporter: Importer = {
  name: 'weights as safetensors',
  kinds: ['weights'],
  // Eight bytes of length, then a JSON object.
  detect: ({ head, name }) =>
    name.toLowerCase().endsWith('.safetensors') || (head[8] === 0x7b && head[6] === 0 && head[7] === 0),
  examine: (source) => overSafetensors(source, examined),
  import: (source, task) => overSafetensors(source, (weights) => takeIn('safetensors', source, task, weights)),
};

async function overSafetensors<T>(source: ImportSource, use: (weights: WeightsInFile) => Promise<T>): Promise<T> {
  if (source.size > largestWeights) throw tooLarge(source);
  const file = await open(source.path);
  try {
    return await use(await openSafetensors(file, source.size));
  } finally {
    await file.close();
  }
}

export const pthImporter: Importer = {
  name: 'weights as torch.save writes them (.pth, .pt)',
  kinds: ['weights'],
  detect: ({ head, name }) => {
    const named = /[.](pth|pt|ckpt)$/i.test(name);
    // The zip form names its first member `<folder>/data.pkl`; the older form begins with a pickle of its magic number.
    const first = new TextDecoder('latin1').decode(head.subarray(30, 300));
    return (
      named || (isZip(head) && first.includes('/data.pkl')) || (head[0] === 0x80 && head[2] === 0x8a && head[3] === 10)
    );
  },
  examine: (source) => overPth(source.path, source.size, source.head, examined),
  import: (source, task) =>
    overPth(source.path, source.size, source.head, (weights) => takeIn('pth', source, task, weights)),
};

type ImportedItems = Promise<ImportedItem[]>;

/** Names and shapes alone: no values are read. */
function examined({ tensors, notes }: WeightsInFile): Promise<ImportExamination['content']> {
  return Promise.resolve({
    kind: 'weights',
    tensors: [...tensors].map(([name, { type, shape }]) => ({ name, type, shape: [...shape] })),
    parameters: [...tensors.values()].reduce(
      (sum, { shape }) => sum + shape.reduce((product, each) => product * each, 1),
      0,
    ),
    notes: [...notes],
    model: recogniseModel(tensors),
  });
}

async function takeIn(
  form: 'safetensors' | 'pth',
  source: ImportSource,
  task: ImportTask,
  { tensors, notes }: WeightsInFile,
): ImportedItems {
  const { library, staging, force, app } = task;
  const store = new WeightsStore(library.folder);
  if (tensors.size === 0) {
    throw new MicrobatchError({
      code: 'import/no-tensors',
      message: `${source.path} holds no tensors`,
      expected: 'at least one',
    });
  }
  const sha256 = await hashFile(source.path);
  const there = (await store.list()).find(({ origin }) => origin.sha256 === sha256);
  if (there !== undefined && !force) {
    throw new MicrobatchError({
      code: 'import/already-there',
      message: `${source.path} is in this library already, as the weights ${there.id}`,
      expected: 'a file that was not imported yet',
      remedy: 'give --force to import it again',
    });
  }
  const id = newRunId(takenIn(library));
  const name = source.name.slice(0, source.name.length - extname(source.name).length);
  const origin = { file: source.name, form, sha256, importedAt: new Date().toISOString(), app, notes: [...notes] };
  const counted = withProgress(tensors, (fraction) => task.progress(fraction));
  await store.takeIn(staging, counted, { id, name, origin });
  return [
    { kind: 'weights', id, name, file: source.path, series: [], points: 0, tensors: tensors.size, notes: [...notes] },
  ];
}

/** Tells of every tensor that is read. */
function withProgress(
  tensors: ReadonlyMap<string, TensorInFile>,
  progress: (fraction: number) => void,
): ReadonlyMap<string, TensorInFile> {
  let read = 0;
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      {
        ...tensor,
        read: () => {
          progress((read += 1) / tensors.size);
          return tensor.read();
        },
      },
    ]),
  );
}

function tooLarge({ path, size }: ImportSource): MicrobatchError {
  return new MicrobatchError({
    code: 'import/too-large',
    message: `${path} has ${String(size)} bytes`,
    expected: `at most ${String(largestWeights)}`,
  });
}
