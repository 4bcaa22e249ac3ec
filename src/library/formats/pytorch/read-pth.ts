import { open } from 'node:fs/promises';
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { MicrobatchError } from '../../../contracts/errors.ts';
import { storedTensor } from '../safetensors.ts';
import type { StoredTensor } from '../safetensors.ts';
import { invalidPth } from './errors.ts';
import { findStateDict } from './state-dict.ts';
import { readTorchPickle, Sequence, storageTypes } from './torch-pickle.ts';
import type { PickledItem, StorageType, TorchStorage, TorchTensor } from './torch-pickle.ts';

export interface ReadWeights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What was left out or assumed, in words. */
  readonly notes: readonly string[];
}

type ReadStorage = (storage: TorchStorage) => Promise<Uint8Array>;

/** Largest file, bytes: it is held in memory beside its tensors. */
export const largestWeights = 4_000_000_000;
/** Views may share a storage, as tied layers do, but a small file may not fill the memory with them. */
const mostSharing = 4;
const legacyMagic = 0x1950a86a20f9469cfc6cn;
const legacyVersion = 1001;

/**
 * Reads the tensors of a file of `torch.save`: the zip form of PyTorch 1.6 and later, and the one before. Views become
 * row-major copies, half precision becomes float32 and small integers int32, both exactly; devices do not matter.
 * Nothing in the file is run. Throws `import/invalid-pth`, `import/pickle-refused`, `import/too-large`, `import/no-tensors`.
 */
export async function readPth(path: string, size: number, head: Uint8Array): Promise<ReadWeights> {
  if (size > largestWeights) {
    throw new MicrobatchError({
      code: 'import/too-large',
      message: `${path} has ${String(size)} bytes`,
      expected: `at most ${String(largestWeights)}`,
    });
  }
  return isZip(head) ? readZipForm(path, size) : readLegacyForm(path, size);
}

export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

async function readZipForm(path: string, size: number): Promise<ReadWeights> {
  let zip: ZipFile | undefined;
  try {
    zip = await yauzl.openPromise(path, { autoClose: false });
    const entries = await entriesOf(zip, path);
    const pickle = [...entries.keys()].find((name) => /^[^/]*\/?data\.pkl$/.test(name));
    const entry = entries.get(pickle ?? '');
    if (pickle === undefined || entry === undefined) throw invalidPth(path, 'the archive has no data.pkl');
    const folder = pickle.slice(0, -'data.pkl'.length);
    const order = entries.get(`${folder}byteorder`);
    const opened = zip;
    if (order !== undefined) {
      const text = new TextDecoder().decode(await unpack(opened, order, path));
      if (text.trim() !== 'little') throw invalidPth(path, `its numbers are ${text.slice(0, 20)} endian`);
    }
    const { value } = readTorchPickle(await unpack(opened, entry, path), path);
    return await collect(value, path, size, async ({ key }) => {
      const found = entries.get(`${folder}data/${key}`);
      if (found === undefined) throw invalidPth(path, `the storage ${key.slice(0, 100)} is missing`);
      return unpack(opened, found, path);
    });
  } catch (cause) {
    if (cause instanceof MicrobatchError) throw cause;
    throw invalidPth(path, cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    zip?.close();
  }
}

const mostMembers = 200_000;

async function entriesOf(zip: ZipFile, path: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    if (entries.has(name)) throw invalidPth(path, `the archive has ${name.slice(0, 100)} twice`);
    if (entry.isEncrypted()) throw invalidPth(path, 'the archive is encrypted');
    if (entry.compressionMethod !== 0)
      throw invalidPth(path, `${name.slice(0, 100)} is compressed, which torch.save never does`);
    total += entry.uncompressedSize;
    if (total > zip.fileSize) throw invalidPth(path, 'its members overlap');
    if (entries.size >= mostMembers) throw invalidPth(path, `the archive has more than ${String(mostMembers)} members`);
    entries.set(name, entry);
  }
  return entries;
}

async function unpack(zip: ZipFile, entry: Entry, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.uncompressedSize);
  let filled = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled !== bytes.length) throw invalidPth(path, `${entry.fileName.slice(0, 100)} is cut off`);
  return bytes;
}

/** Five pickles (magic number, version, machine, object, keys of the storages), then each storage: its count and bytes. */
async function readLegacyForm(path: string, size: number): Promise<ReadWeights> {
  const bytes = await readWhole(path, size);
  const magic = readTorchPickle(bytes, path);
  if (magic.value !== legacyMagic) throw invalidPth(path, 'its magic number is another one');
  const version = readTorchPickle(bytes, path, magic.end);
  if (version.value !== legacyVersion) throw invalidPth(path, 'its version is not 1001');
  const machine = readTorchPickle(bytes, path, version.end);
  const object = readTorchPickle(bytes, path, machine.end);
  const keys = readTorchPickle(bytes, path, object.end);
  const places = placesOf(keys.value, keys.end, bytes, path);
  return collect(
    object.value,
    path,
    size,
    (storage) => {
      const start = places.get(storage.key);
      if (start === undefined) throw invalidPth(path, `the storage ${storage.key.slice(0, 100)} is missing`);
      const count = new DataView(bytes.buffer, bytes.byteOffset + start - 8).getBigInt64(0, true);
      const end = start + storage.count * storageTypes[storage.type];
      if (count !== BigInt(storage.count) || end > bytes.length)
        throw invalidPth(path, `the storage ${storage.key} is cut off`);
      return Promise.resolve(bytes.subarray(start, end));
    },
    (storages) => {
      // Storages lie one after the other in the order of the keys, so that their sizes tell where each begins.
      let at = keys.end;
      for (const key of places.keys()) {
        const storage = storages.get(key);
        if (storage === undefined) throw invalidPth(path, `the storage ${key.slice(0, 100)} belongs to no tensor`);
        places.set(key, at + 8);
        at += 8 + storage.count * storageTypes[storage.type];
      }
    },
  );
}

function placesOf(keys: PickledItem, start: number, bytes: Uint8Array, path: string): Map<string, number> {
  const items = keys instanceof Sequence ? keys.items : [null];
  const names = items.filter((key) => typeof key === 'string');
  if (names.length !== items.length || start > bytes.length) throw invalidPth(path, 'its list of storages is damaged');
  return new Map(names.map((name) => [name, 0]));
}

async function readWhole(path: string, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  const file = await open(path);
  try {
    for (let filled = 0; filled < size;) {
      const { bytesRead } = await file.read(bytes, filled, Math.min(size - filled, 2 ** 30), filled);
      if (bytesRead === 0) throw invalidPth(path, 'it became shorter while it was read');
      filled += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

async function collect(
  value: PickledItem,
  path: string,
  size: number,
  read: ReadStorage,
  locate: (storages: ReadonlyMap<string, TorchStorage>) => void = () => undefined,
): Promise<ReadWeights> {
  const { tensors: found, storages, notes } = findStateDict(value, path);
  locate(storages);
  const bytesOf = ({ shape, storage }: TorchTensor): number =>
    shape.reduce((product, side) => product * side, 1) * storageTypes[storage.type];
  const total = [...found.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  if (total > mostSharing * size) throw invalidPth(path, `its tensors of ${String(total)} bytes share ${String(size)}`);

  const tensors = new Map<string, StoredTensor>();
  let last: { readonly key: string; readonly bytes: Uint8Array } | undefined;
  for (const [name, tensor] of found) {
    const { key, type, count } = tensor.storage;
    // The views of a storage mostly follow each other; only one storage is held at a time.
    const bytes: Uint8Array = last?.key === key ? last.bytes : await read(tensor.storage);
    last = { key, bytes };
    if (bytes.length < count * storageTypes[type]) throw invalidPth(path, `the storage ${key} is cut off`);
    tensors.set(name, typed(type, tensor.shape, gather(bytes, tensor, storageTypes[type])));
  }
  return { tensors, notes };
}

/** The elements of a view, row-major. */
function gather(bytes: Uint8Array, { offset, shape, strides }: TorchTensor, width: number): ArrayBuffer {
  const elements = shape.reduce((product, side) => product * side, 1);
  if (isRowMajor(shape, strides))
    return new Uint8Array(bytes.subarray(offset * width, (offset + elements) * width)).buffer;
  const gathered = new Uint8Array(elements * width);
  const index = shape.map(() => 0);
  let from = offset;
  for (let element = 0; element < elements; element += 1) {
    for (let byte = 0; byte < width; byte += 1) gathered[element * width + byte] = bytes[from * width + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      from += stride;
      index[axis] = next;
      if (next < (shape[axis] ?? 0)) break;
      from -= next * stride;
      index[axis] = 0;
    }
  }
  return gathered.buffer;
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const side = shape[axis] ?? 1;
    if (side !== 1 && strides[axis] !== expected) return false;
    expected *= side;
  }
  return true;
}

const elementTypes = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ByteStorage: 'U8',
  BoolStorage: 'U8',
} as const;

function typed(type: StorageType, shape: readonly number[], buffer: ArrayBuffer): StoredTensor {
  if (type === 'ShortStorage') return { type: 'I32', shape, data: Int32Array.from(new Int16Array(buffer)) };
  if (type === 'CharStorage') return { type: 'I32', shape, data: Int32Array.from(new Int8Array(buffer)) };
  return storedTensor(elementTypes[type], shape, buffer);
}
