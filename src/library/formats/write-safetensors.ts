import type { NamedTensors } from '../weights/net-weights.ts';
import { storedBytes } from './element-types.ts';
import type { StoredType, TensorInFile } from './element-types.ts';

/**
 * The parts of a safetensors file, in order: header length, JSON header padded with blanks to a multiple of 8, data.
 * Wide types come first, so that every tensor starts at a multiple of its element size.
 */
export function safetensorsParts(tensors: NamedTensors, metadata: Readonly<Record<string, string>>): Uint8Array[] {
  const ordered = inOrder(tensors);
  return [headOf(ordered, metadata), ...ordered.map(([, { data }]) => bytesOf(data))];
}

/** The same for tensors that are read one at a time, when the file before them is written. */
export async function* streamSafetensors(
  tensors: ReadonlyMap<string, TensorInFile>,
  metadata: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const ordered = inOrder(tensors);
  yield headOf(ordered, metadata);
  for (const [, tensor] of ordered) yield bytesOf((await tensor.read()).data);
}

interface Described {
  readonly type: StoredType;
  readonly shape: readonly number[];
}

function inOrder<T extends Described>(tensors: ReadonlyMap<string, T>): [string, T][] {
  return [...tensors].toSorted(([, left], [, right]) => storedBytes[right.type] - storedBytes[left.type]);
}

function headOf(ordered: readonly [string, Described][], metadata: Readonly<Record<string, string>>): Uint8Array {
  let end = 0;
  const entries = ordered.map(([name, { type, shape }]) => {
    const start = end;
    end += shape.reduce((product, side) => product * side, storedBytes[type]);
    return [name, { dtype: type, shape, data_offsets: [start, end] }] as const;
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const unpadded = Buffer.from(text);
  const header = Buffer.concat([unpadded, Buffer.alloc((8 - (unpadded.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}

/** The memory of a typed array, not copied. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
