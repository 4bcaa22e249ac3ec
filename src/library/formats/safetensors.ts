import { z } from 'zod';
import { MicrobatchError } from '../../contracts/errors.ts';

/** A tensor of a safetensors file: little-endian data in row-major order, as the file holds them. */
export interface SafeTensor {
  readonly dtype: 'F32' | 'F64' | 'I32' | 'I64';
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
}

const bytesPerElement = { F32: 4, F64: 8, I32: 4, I64: 8 } as const;
const headerLimit = 100_000_000;

const headerEntry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const header = z.record(z.string(), z.unknown());

function refuse(file: string, message: string): MicrobatchError {
  return new MicrobatchError({
    code: 'safetensors/invalid',
    message: `${file}: ${message}`,
    expected: 'an 8-byte header length, a JSON header and raw tensor data without gaps in length',
    remedy: 'write or copy the file again',
  });
}

function isReadable(dtype: string): dtype is SafeTensor['dtype'] {
  return dtype in bytesPerElement;
}

function view(dtype: SafeTensor['dtype'], bytes: ArrayBuffer): SafeTensor['data'] {
  if (dtype === 'F32') return new Float32Array(bytes);
  if (dtype === 'F64') return new Float64Array(bytes);
  if (dtype === 'I32') return new Int32Array(bytes);
  return new BigInt64Array(bytes);
}

function parseHeader(bytes: Uint8Array, file: string): { entries: Record<string, unknown>; start: number } {
  if (bytes.byteLength < 8) throw refuse(file, 'shorter than the 8 bytes of its header length');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(headerLimit, bytes.byteLength - 8))) {
    throw refuse(file, `header length ${String(length)} goes beyond the file`);
  }
  const start = 8 + Number(length);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (cause) {
    throw new MicrobatchError(refuse(file, 'header is not JSON').toShape(), { cause });
  }
  const parsed = header.safeParse(json);
  if (!parsed.success) throw refuse(file, 'header is not an object');
  return { entries: parsed.data, start };
}

/** Reads every tensor of a safetensors file held in memory. Throws `safetensors/invalid` naming file and tensor. */
export function readSafetensors(bytes: Uint8Array, file: string): Map<string, SafeTensor> {
  const { entries, start } = parseHeader(bytes, file);
  const tensors = new Map<string, SafeTensor>();
  for (const [name, value] of Object.entries(entries)) {
    if (name === '__metadata__') continue;
    const parsed = headerEntry.safeParse(value);
    if (!parsed.success) throw refuse(file, `entry of tensor ${name} is malformed`);
    const {
      dtype,
      shape,
      data_offsets: [from, to],
    } = parsed.data;
    if (!isReadable(dtype)) throw refuse(file, `tensor ${name} has type ${dtype}, which this reader does not know`);
    const elements = shape.reduce((product, size) => product * size, 1);
    if (to - from !== elements * bytesPerElement[dtype] || start + to > bytes.byteLength) {
      throw refuse(
        file,
        `tensor ${name}: offsets ${String(from)} to ${String(to)} do not fit shape [${shape.join(', ')}]`,
      );
    }
    // A copy of its own: a Node Buffer's slice would share memory at an offset that typed arrays refuse.
    const copy = new Uint8Array(bytes.subarray(start + from, start + to));
    tensors.set(name, { dtype, shape, data: view(dtype, copy.buffer) });
  }
  return tensors;
}
