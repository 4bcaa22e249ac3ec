import { z } from 'zod';
import { MicrobatchError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';
import { halfToNumber } from './half-precision.ts';

/** A tensor of a safetensors file, row-major. */
export type StoredTensor =
  | { readonly type: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'F64'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly type: 'U8'; readonly shape: readonly number[]; readonly data: Uint8Array }
  | { readonly type: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly type: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

const count = z.int().min(0);
const entry = z.object({ dtype: z.string(), shape: z.array(count), data_offsets: z.tuple([count, count]) });
const header = z.looseObject({});
/** The format's own limit of a header, which also bounds what parsing it can take. */
const longestHeader = 100_000_000;
/** Far above any real name, and short enough to be told in a message. */
const longestName = 1000;

/**
 * Reads a safetensors file: 8 bytes of header length (little endian), a JSON header, raw little-endian data.
 * Element types U8, F32, F64, I32 and I64; F16 and BF16 are widened to F32, which is exact. As the format demands, tensors
 * fill the data without a gap or an overlap and no name is used twice: a file that breaks this could be read in two
 * ways. Throws `format/bad-safetensors` naming the tensor that does not fit.
 */
export function readSafetensors(bytes: Uint8Array): Map<string, StoredTensor> {
  if (bytes.length < 8) throw broken('the file is shorter than its header length');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) throw broken('the header is longer than the file');
  if (length > longestHeader) throw broken(`the header is longer than ${String(longestHeader)} bytes`);
  const entries = parseHeader(bytes.subarray(8, 8 + length));
  const body = bytes.subarray(8 + length);

  const tensors = new Map<string, StoredTensor>();
  const ranges: Range[] = [];
  for (const [name, value] of Object.entries(entries)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets } = parseOrThrow(entry, value, {
      code: 'format/bad-safetensors',
      what: `the header entry of ${name}`,
    });
    const [start, end] = data_offsets;
    const elements = shape.reduce((product, side) => product * side, 1);
    if (end > body.length || end - start !== elements * elementBytes(dtype, name)) {
      throw broken(
        `tensor ${name} of shape [${shape.join(', ')}] does not fill bytes ${String(start)} to ${String(end)}`,
      );
    }
    ranges.push({ name, start, end });
    // A copy has its own buffer and starts at its offset 0, so every element type is aligned.
    tensors.set(name, storedTensor(dtype, shape, new Uint8Array(body.subarray(start, end)).buffer));
  }
  refuseGaps(ranges, body.length);
  return tensors;
}

/** Where a tensor's bytes lie in the data. */
interface Range {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function refuseGaps(ranges: readonly Range[], length: number): void {
  let filled = 0;
  for (const { name, start, end } of ranges.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== filled) {
      throw broken(`tensor ${name} begins at byte ${String(start)} where byte ${String(filled)} is next`);
    }
    filled = end;
  }
  if (filled !== length) throw broken(`the tensors end at byte ${String(filled)} of ${String(length)}`);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  const text = new TextDecoder().decode(bytes);
  let entries: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    // Asked before zod copies the object, which drops this name without a word.
    if (typeof parsed === 'object' && parsed !== null && Object.hasOwn(parsed, '__proto__')) {
      throw broken('a tensor has the name __proto__');
    }
    entries = header.parse(parsed);
  } catch (error) {
    if (error instanceof MicrobatchError) throw error;
    throw broken('the header is not a JSON object', error);
  }
  refuseRepeatedNames(text);
  return entries;
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
      if (seen.has(name)) throw broken(`the name ${name} is used twice`);
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
  throw broken('the header is not a JSON object');
}

/** Whether a string that ends before `end` is a name and not a value. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text.charAt(at))) at++;
  return text.charAt(at) === ':';
}

function elementBytes(type: string, name: string): number {
  if (type === 'F32' || type === 'I32') return 4;
  if (type === 'U8') return 1;
  if (type === 'F16' || type === 'BF16') return 2;
  if (type === 'F64' || type === 'I64') return 8;
  throw broken(`tensor ${name} has element type ${type}; U8, F16, BF16, F32, F64, I32 and I64 can be read`);
}

/** Raw little-endian data as a tensor; `type` as in a safetensors header, F16 and BF16 are widened. */
export function storedTensor(type: string, shape: readonly number[], buffer: ArrayBuffer): StoredTensor {
  switch (type) {
    case 'F64':
      return { type, shape, data: new Float64Array(buffer) };
    case 'U8':
      return { type, shape, data: new Uint8Array(buffer) };
    case 'I32':
      return { type, shape, data: new Int32Array(buffer) };
    case 'I64':
      return { type, shape, data: new BigInt64Array(buffer) };
    case 'F16':
      return { type: 'F32', shape, data: Float32Array.from(new Uint16Array(buffer), halfToNumber) };
    case 'BF16':
      return { type: 'F32', shape, data: widenBrainFloats(new Uint16Array(buffer)) };
    default:
      return { type: 'F32', shape, data: new Float32Array(buffer) };
  }
}

/** A bfloat16 is the upper half of a float32. */
function widenBrainFloats(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

function broken(problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    { code: 'format/bad-safetensors', message: problem, expected: 'an undamaged safetensors file' },
    { cause },
  );
}
