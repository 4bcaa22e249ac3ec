import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { MicrobatchError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';
import { bare } from './damage.ts';
import { elementsOf, elementType, otherTypes, readableTypes, storedTensor, told } from './element-types.ts';
import type { StoredTensor, StoredType, TensorInFile } from './element-types.ts';
import { leftOutTensors, withinSigned } from './left-out-tensors.ts';
import type { LeftOutTensor } from './left-out-tensors.ts';
import { readRange } from './read-range.ts';

const count = z.int().min(0);
const entry = z.object({ dtype: z.string(), shape: z.array(count), data_offsets: z.tuple([count, count]) });
const metadata = z.record(z.string(), z.string()).optional();
/** A quarter of the format's own limit, which no file of the field comes near: it bounds what parsing can take. */
const longestHeader = 25_000_000;
/** Far above any real name, and short enough to be told in a message. */
const longestName = 1000;

/** More tensors than any file of the field has. */
const mostTensors = 100_000;

/**
 * Reads a safetensors file: 8 bytes of header length (little endian), a JSON header, raw little-endian data. Small types
 * are widened, which is exact; types that no weight has are left out. As the format demands, tensors fill the data without a gap or an overlap and no name is used
 * twice: a file that breaks this could be read in two ways. Throws `format/bad-safetensors` naming the tensor that does
 * not fit.
 */
export function readSafetensors(bytes: Uint8Array): Map<string, StoredTensor> {
  const length = headerLength(bytes, bytes.length);
  const body = bytes.subarray(8 + length);
  // A copy has its own buffer and starts at its offset 0, so every element type is aligned.
  return new Map(
    readHeader(bytes.subarray(8, 8 + length), body.length)
      .filter(isReadable)
      .map(({ name, type, shape, start, end }) => [
        name,
        storedTensor(type, shape, new Uint8Array(body.subarray(start, end)).buffer),
      ]),
  );
}

/** The weights of a file that is open. */
export interface OpenSafetensors {
  /** Each is read when it is wanted. */
  readonly tensors: ReadonlyMap<string, TensorInFile>;
  /** What no weight can be, in words. */
  readonly notes: readonly string[];
}

/** Throws as `readSafetensors` does, and where no tensor can be a weight. */
export async function openSafetensors(file: FileHandle, size: number): Promise<OpenSafetensors> {
  const cutOff = (): MicrobatchError => broken('the file became shorter while it was read');
  const length = headerLength(await readRange(file, 0, Math.min(size, 8), cutOff), size);
  const entries = readHeader(await readRange(file, 8, length, cutOff), size - 8 - length);
  const readable = entries.filter(isReadable);
  const others = entries.filter((one) => !isReadable(one)).map(leftOutEntry);
  const [other] = others;
  if (readable.length === 0 && other !== undefined) {
    throw broken(`no weight can be read from its tensors: ${bare(other.name)} is ${other.what}`);
  }
  const tensors = readable.map(({ name, type, kept, shape, start, end }): [string, TensorInFile] => [
    name,
    {
      ...{ type: kept, shape },
      read: async () =>
        storedTensor(type, shape, (await readRange(file, 8 + length + start, end - start, cutOff)).buffer),
    },
  ]);
  const unsigned = readable.filter(({ type }) => type === 'U64').map(({ name }) => name);
  const within = await withinSigned(new Map(tensors), unsigned);
  return { tensors: within.tensors, notes: leftOutTensors([...others, ...within.leftOut]) };
}

type ReadableEntry = Entry & { readonly kept: StoredType };
const isReadable = (one: Entry): one is ReadableEntry => one.kept !== null;
const leftOutEntry = ({ name, type }: Entry): LeftOutTensor => ({ name, what: `of the type ${type}` });

function headerLength(bytes: Uint8Array, size: number): number {
  if (size < 8) throw broken('the file is shorter than its header length');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > size - 8) throw broken('the header is longer than the file');
  if (length > longestHeader) throw broken(`the header is longer than ${String(longestHeader)} bytes`);
  return length;
}

/** Where each tensor lies; their order is that of the header. */
function readHeader(bytes: Uint8Array, bodyLength: number): Entry[] {
  const named = Object.entries(parseHeader(bytes)).filter(([name]) => name !== '__metadata__');
  const entries = named.map(([name, value]): Entry => {
    const { dtype, shape, data_offsets } = parseOrThrow(entry, value, {
      code: 'format/bad-safetensors',
      what: `the header entry of ${bare(name)}`,
    });
    const [start, end] = data_offsets;
    const type = elementType(dtype);
    const bits = type === undefined ? otherTypes.get(dtype) : 8 * type.bytes;
    if (bits === undefined) {
      throw broken(`tensor ${bare(name)} has element type ${bare(dtype)}; ${readableTypes.join(', ')} can be read`);
    }
    const elements = elementsOf(shape);
    if (elements === null || end > bodyLength || 8 * (end - start) !== elements * bits) {
      throw broken(
        `tensor ${bare(name)} of shape ${told(shape)} does not fill bytes ${String(start)} to ${String(end)}`,
      );
    }
    return { name, type: dtype, kept: type?.kept ?? null, shape, start, end };
  });
  refuseGaps(entries, bodyLength);
  return entries;
}

/** A tensor of the header: where its bytes lie in the data. */
interface Entry {
  readonly name: string;
  readonly type: string;
  /** What it is kept as; null where no weight can be of its type. */
  readonly kept: StoredType | null;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function refuseGaps(entries: readonly Entry[], length: number): void {
  let filled = 0;
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== filled) {
      throw broken(`tensor ${bare(name)} begins at byte ${String(start)} where byte ${String(filled)} is next`);
    }
    filled = end;
  }
  if (filled !== length) throw broken(`the tensors end at byte ${String(filled)} of ${String(length)}`);
}

function parseHeader(bytes: Uint8Array): object {
  const notJson = 'the header is not a JSON object in UTF-8';
  if (bytes[0] !== 0x7b || !isUtf8(bytes)) throw broken(notJson);
  const text = new TextDecoder().decode(bytes);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw broken(notJson, cause);
  }
  if (typeof parsed !== 'object' || parsed === null) throw broken(notJson);
  refuseRepeatedNames(text);
  if (!metadata.safeParse(Object.getOwnPropertyDescriptor(parsed, '__metadata__')?.value).success) {
    throw broken('its __metadata__ is no object of texts');
  }
  return parsed;
}

/**
 * JSON.parse keeps the last of two equal names, so the valid text is walked once more for its outermost names. By hand:
 * one regular expression for a whole string overflows the stack on a name of many megabytes.
 */
function refuseRepeatedNames(text: string): void {
  const seen = new Set<string>();
  const structure = /["{}[\]]/g;
  let depth = 0;
  for (let match = structure.exec(text); match !== null; match = structure.exec(text)) {
    if (match[0] === '{' || match[0] === '[') depth++;
    else if (match[0] !== '"') depth--;
    else {
      const end = endOfString(text, match.index);
      structure.lastIndex = end;
      if (depth !== 1 || !isName(text, end)) continue;
      if (end - match.index > longestName) throw broken(`a name is longer than ${String(longestName)} characters`);
      const name = z.string().parse(JSON.parse(text.slice(match.index, end)));
      if (seen.has(name)) throw broken(`the name ${bare(name)} is used twice`);
      if (seen.size > mostTensors) throw broken(`it has more than ${String(mostTensors)} tensors`);
      seen.add(name);
    }
  }
}

/** Index after the closing quote of the string that opens at `start`: a quote behind an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (text[before - 1] === '\\') before--;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
  throw broken('a text of the header never ends');
}

/** Whether a string that ends before `end` is a name and not a value. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text.charAt(at))) at++;
  return text.charAt(at) === ':';
}

function broken(problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    { code: 'format/bad-safetensors', message: problem, expected: 'an undamaged safetensors file' },
    { cause },
  );
}
