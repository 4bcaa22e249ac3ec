import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { ImportedItem } from '../../contracts/imports.ts';
import { isZip, largestWeights, readPth } from '../formats/pytorch/read-pth.ts';
import type { ReadWeights } from '../formats/pytorch/read-pth.ts';
import { readSafetensors } from '../formats/safetensors.ts';
import { hashFile } from '../hash-file.ts';
import { newRunId } from '../run-id.ts';
import { takenIn } from '../taken-ids.ts';
import { WeightsStore } from '../weights/weights-store.ts';
import type { Importer, ImportTask } from './importer.ts';
import type { ImportSource } from './source.ts';

export const safetensorsImporter: Importer = {
  name: 'weights as safetensors',
  kinds: ['weights'],
  // Eight bytes of length, then a JSON object.
  detect: ({ head, name }) =>
    name.toLowerCase().endsWith('.safetensors') || (head[8] === 0x7b && head[6] === 0 && head[7] === 0),
  import: (source, task) =>
    importWeights('safetensors', source, task, async () => {
      if (source.size > largestWeights) throw tooLarge(source);
      return { tensors: readSafetensors(await readFile(source.path)), notes: [] };
    }),
};

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
  import: (source, task) => importWeights('pth', source, task, () => readPth(source.path, source.size, source.head)),
};

async function importWeights(
  form: 'safetensors' | 'pth',
  source: ImportSource,
  task: ImportTask,
  read: () => Promise<ReadWeights>,
): Promise<ImportedItem[]> {
  const { library, staging, force, app } = task;
  const store = new WeightsStore(library.folder);
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
  const { tensors, notes } = await read();
  if (tensors.size === 0) {
    throw new MicrobatchError({
      code: 'import/no-tensors',
      message: `${source.path} holds no tensors`,
      expected: 'at least one',
    });
  }
  task.progress(0.5);
  const id = newRunId(takenIn(library));
  const name = source.name.slice(0, source.name.length - extname(source.name).length);
  const origin = { file: source.name, form, sha256, importedAt: new Date().toISOString(), app, notes: [...notes] };
  await store.takeIn(staging, tensors, { id, name, origin });
  return [
    { kind: 'weights', id, name, file: source.path, series: [], points: 0, tensors: tensors.size, notes: [...notes] },
  ];
}

function tooLarge({ path, size }: ImportSource): MicrobatchError {
  return new MicrobatchError({
    code: 'import/too-large',
    message: `${path} has ${String(size)} bytes`,
    expected: `at most ${String(largestWeights)}`,
  });
}
