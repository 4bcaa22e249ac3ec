import { z } from 'zod';
import { MicrobatchError } from '../../contracts/errors.ts';
import { parseOrThrow } from '../../contracts/parse.ts';

/** A tensor of a safetensors file, row-major. */
export type StoredTensor =
  | { readonly type: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'F64'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly type: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly type: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

const count = z.int().min(0);
const entry = z.object({ dtype: z.string(), shape: z.array(count), data_offsets: z.tuple([count, count]) });
const header = z.record(z.string(), z.unknown());

/**
 * Reads a safetensors file: 8 bytes of header length (little endian), a JSON header, raw little-endian data.
 * Element types F32, F64, I32 and I64. Throws `format/bad-safetensors` naming the tensor that does not fit.
 */
export function readSafetensors(bytes: Uint8Array): Map<string, StoredTensor> {
  if (bytes.length < 8) throw broken('the file is shorter than its header length');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) throw broken('the header is longer than the file');
  const entries = parseHeader(bytes.subarray(8, 8 + length));
  const body = bytes.subarray(8 + length);

  const tensors = new Map<string, StoredTensor>();
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
    // A copy has its own buffer and starts at its offset 0, so every element type is aligned.
    tensors.set(name, view(dtype, shape, new Uint8Array(body.subarray(start, end)).buffer));
  }
  return tensors;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    return header.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw broken('the header is not a JSON object', error);
  }
}

function elementBytes(type: string, name: string): number {
  if (type === 'F32' || type === 'I32') return 4;
  if (type === 'F64' || type === 'I64') return 8;
  throw broken(`tensor ${name} has element type ${type}; F32, F64, I32 and I64 can be read`);
}

function view(type: string, shape: readonly number[], buffer: ArrayBuffer): StoredTensor {
  switch (type) {
    case 'F64':
      return { type, shape, data: new Float64Array(buffer) };
    case 'I32':
      return { type, shape, data: new Int32Array(buffer) };
    case 'I64':
      return { type, shape, data: new BigInt64Array(buffer) };
    default:
      return { type: 'F32', shape, data: new Float32Array(buffer) };
  }
}

function broken(problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    { code: 'format/bad-safetensors', message: problem, expected: 'an undamaged safetensors file' },
    { cause },
  );
}
