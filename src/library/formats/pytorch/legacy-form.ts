import type { FileHandle } from 'node:fs/promises';
import { quoted } from '../damage.ts';
import { readRange } from '../read-range.ts';
import { invalidPth } from './errors.ts';
import type { LocateStorage } from './storages.ts';
import { bytesOfStorage, Sequence } from './pickled-items.ts';
import type { PickledItem, TorchStorage } from './pickled-items.ts';
import { longestPickle, readTorchPickle } from './torch-pickle.ts';

const magicNumber = 0x1950a86a20f9469cfc6cn;
const formVersion = 1001;
/** The first three pickles are a number, a number and a few facts of the machine. */
const longestPreface = 4096;
/** Before each storage its count of elements. */
const countBytes = 8;

/**
 * The form before PyTorch 1.6: five pickles (magic number, version, machine, object, keys of the storages), then each
 * storage, its count and its bytes. `storagesOf` tells the storages that the object holds, by key.
 */
export async function overLegacyForm<T>(
  path: string,
  file: FileHandle,
  size: number,
  storagesOf: (value: PickledItem) => ReadonlyMap<string, TorchStorage>,
  use: (value: PickledItem, locate: LocateStorage) => Promise<T>,
): Promise<T> {
  const cutOff = (): Error => invalidPth(path, 'it is cut off');
  const pickleAt = async (start: number, most: number): Promise<{ value: PickledItem; end: number }> =>
    readTorchPickle(await readRange(file, start, Math.min(most, size - start), cutOff), path, start);

  const magic = await pickleAt(0, longestPreface);
  if (magic.value !== magicNumber) throw invalidPth(path, 'its magic number is another one');
  const version = await pickleAt(magic.end, longestPreface);
  if (version.value !== formVersion) throw invalidPth(path, 'its version is not 1001');
  const machine = await pickleAt(version.end, longestPreface);
  const object = await pickleAt(machine.end, longestPickle);
  const keys = await pickleAt(object.end, longestPickle);

  const storages = storagesOf(object.value);
  const places = new Map<string, number>();
  // Storages lie one after the other in the order of the keys, so that their sizes tell where each begins.
  let at = keys.end;
  for (const key of textsOf(keys.value, path)) {
    const storage = storages.get(key);
    if (storage === undefined) throw invalidPth(path, `the storage ${quoted(key)} belongs to no tensor`);
    places.set(key, at + countBytes);
    at += countBytes + bytesOfStorage(storage);
  }
  return use(object.value, async (storage) => {
    const start = places.get(storage.key);
    if (start === undefined) throw invalidPth(path, `the storage ${quoted(storage.key)} is missing`);
    const isCutOff = (): Error => invalidPth(path, `the storage ${quoted(storage.key)} is cut off`);
    if (start + bytesOfStorage(storage) > size) throw isCutOff();
    const head = await readRange(file, start - countBytes, countBytes, isCutOff);
    if (new DataView(head.buffer).getBigInt64(0, true) !== BigInt(storage.count)) throw isCutOff();
    return start;
  });
}

function textsOf(keys: PickledItem, path: string): readonly string[] {
  const items = keys instanceof Sequence ? keys.items : [null];
  const texts = items.filter((key) => typeof key === 'string');
  if (texts.length !== items.length) throw invalidPth(path, 'its list of storages is damaged');
  return texts;
}
