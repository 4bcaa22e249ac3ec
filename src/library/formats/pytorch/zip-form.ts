import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { MicrobatchError } from '../../../contracts/errors.ts';
import { quoted } from '../damage.ts';
import { readRange } from '../read-range.ts';
import { invalidPth } from './errors.ts';
import type { LocateStorage } from './storages.ts';
import { bytesOfStorage } from './pickled-items.ts';
import type { PickledItem } from './pickled-items.ts';
import { longestPickle, readTorchPickle } from './torch-pickle.ts';

/** More members than a state_dict has tensors. */
const mostMembers = 20_000;
const zip64 = 0xffff_ffff;

export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

/** The zip form of PyTorch 1.6 and later: `<folder>/data.pkl` and a member for each storage, none of them compressed. */
export async function overZipForm<T>(
  path: string,
  file: FileHandle,
  use: (value: PickledItem, locate: LocateStorage) => Promise<T>,
): Promise<T> {
  const archive = await TorchArchive.open(path, file);
  try {
    const pickle = await archive.read(archive.pickle, longestPickle);
    const { value } = readTorchPickle(pickle, path);
    return await use(value, (storage) => archive.locate(storage.key, bytesOfStorage(storage)));
  } finally {
    archive.close();
  }
}

class TorchArchive {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Members that were found to be whole, where their bytes begin. */
  readonly #places = new Map<Entry, Promise<number>>();
  readonly pickle: Entry;
  /** What comes before `data.pkl` in its name. */
  readonly #folder: string;

  private constructor(path: string, file: FileHandle, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#path = path;
    this.#file = file;
    this.#zip = zip;
    this.#entries = entries;
    const pickles = [...entries].filter(([name]) => /^[^/]*\/?data\.pkl$/.test(name));
    const [found] = pickles;
    if (found === undefined) throw invalidPth(path, 'the archive has no data.pkl');
    if (pickles.length > 1) throw invalidPth(path, 'the archive has several data.pkl');
    this.pickle = found[1];
    this.#folder = found[0].slice(0, -'data.pkl'.length);
    if (entries.has(`${this.#folder}constants.pkl`)) throw invalidPth(path, 'it is a program of TorchScript');
  }

  static async open(path: string, file: FileHandle): Promise<TorchArchive> {
    const zip = await yauzl.openPromise(path, { autoClose: false }).catch((cause: unknown) => {
      throw invalidPth(path, messageOf(cause), cause);
    });
    try {
      const archive = new TorchArchive(path, file, zip, await entriesOf(zip, path));
      await archive.#requireLittleEndian();
      return archive;
    } catch (cause) {
      zip.close();
      throw cause;
    }
  }

  close(): void {
    this.#zip.close();
  }

  async #requireLittleEndian(): Promise<void> {
    const order = this.#entries.get(`${this.#folder}byteorder`);
    if (order === undefined) return;
    const text = new TextDecoder().decode(await this.read(order, 100));
    if (text.trim() !== 'little') throw invalidPth(this.#path, `its numbers are ${quoted(text)} endian`);
  }

  /** All of a small member. */
  async read(entry: Entry, most: number): Promise<Uint8Array> {
    const size = entry.uncompressedSize;
    if (size > most) throw this.#invalid(`${quoted(entry.fileName)} is longer than ${String(most)} bytes`);
    return readRange(this.#file, await this.#placeOf(entry), size, () => this.#cutOff(entry));
  }

  /** Where a storage of so many bytes begins. */
  locate(key: string, bytes: number): Promise<number> {
    const entry = this.#entries.get(`${this.#folder}data/${key}`);
    if (entry === undefined) throw this.#invalid(`the storage ${quoted(key)} is missing`);
    if (entry.uncompressedSize < bytes) throw this.#invalid(`the storage ${quoted(key)} is cut off`);
    return this.#placeOf(entry);
  }

  /** Each member is checked once: the header before it says the same as the directory, its bytes have its checksum. */
  #placeOf(entry: Entry): Promise<number> {
    const known = this.#places.get(entry);
    if (known !== undefined) return known;
    const place = this.#check(entry);
    this.#places.set(entry, place);
    return place;
  }

  async #check(entry: Entry): Promise<number> {
    const local = await this.#zip.readLocalFileHeaderPromise(entry).catch((cause: unknown) => {
      throw this.#invalid(messageOf(cause), cause);
    });
    const sizes = [local.compressedSize, local.uncompressedSize].filter((size) => size !== 0 && size !== zip64);
    const agrees =
      local.fileName.equals(entry.fileNameRaw) &&
      local.compressionMethod === entry.compressionMethod &&
      sizes.every((size) => size === entry.uncompressedSize) &&
      (local.crc32 === 0 || local.crc32 === entry.crc32);
    if (!agrees) throw this.#invalid(`the archive has two descriptions of ${quoted(entry.fileName)}, which differ`);
    // PyTorch writes 0 where it was told not to compute checksums.
    if (entry.crc32 !== 0) await this.#requireChecksum(entry, local.fileDataStart);
    return local.fileDataStart;
  }

  async #requireChecksum(entry: Entry, start: number): Promise<void> {
    let checksum = 0;
    for (let at = 0; at < entry.uncompressedSize; at += chunkBytes) {
      const length = Math.min(chunkBytes, entry.uncompressedSize - at);
      checksum = crc32(await readRange(this.#file, start + at, length, () => this.#cutOff(entry)), checksum);
    }
    if (checksum !== entry.crc32) throw this.#invalid(`${quoted(entry.fileName)} does not have its checksum`);
  }

  #cutOff({ fileName }: Entry): MicrobatchError {
    return this.#invalid(`${quoted(fileName)} is cut off`);
  }

  #invalid(problem: string, cause?: unknown): MicrobatchError {
    return invalidPth(this.#path, problem, cause);
  }
}

const chunkBytes = 4 * 2 ** 20;

/** The members of the archive by name, none of which lies in another. */
async function entriesOf(zip: ZipFile, path: string): Promise<Map<string, Entry>> {
  if (zip.entryCount > mostMembers) {
    throw invalidPth(path, `the archive has ${String(zip.entryCount)} members, more than ${String(mostMembers)}`);
  }
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      const name = quoted(entry.fileName);
      if (entries.has(entry.fileName)) throw invalidPth(path, `the archive has ${name} twice`);
      if (entry.isEncrypted()) throw invalidPth(path, 'the archive is encrypted');
      if (entry.fileName.endsWith('.pkl') || entry.fileName.includes('/data/')) requireStored(entry, path);
      entries.set(entry.fileName, entry);
    }
  } catch (cause) {
    if (cause instanceof MicrobatchError) throw cause;
    throw invalidPth(path, messageOf(cause), cause);
  }
  let free = 0;
  for (const entry of [...entries.values()].toSorted(byPlace)) {
    if (entry.relativeOffsetOfLocalHeader < free) throw invalidPth(path, 'its members overlap');
    free = entry.relativeOffsetOfLocalHeader + localHeaderBytes + entry.fileNameRaw.length + entry.compressedSize;
  }
  if (free > zip.fileSize) throw invalidPth(path, 'its members are longer than the file');
  return entries;
}

const localHeaderBytes = 30;

const byPlace = (left: Entry, right: Entry): number =>
  left.relativeOffsetOfLocalHeader - right.relativeOffsetOfLocalHeader;

function requireStored(entry: Entry, path: string): void {
  if (entry.compressionMethod === 0 && entry.compressedSize === entry.uncompressedSize) return;
  throw invalidPth(path, `${quoted(entry.fileName)} is compressed, which torch.save never does`);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
