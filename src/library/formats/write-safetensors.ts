import type { NamedTensors } from '../weights/net-weights.ts';

/**
 * The parts of a safetensors file, in order: header length, JSON header padded with blanks to a multiple of 8, data.
 * Wide types come first, so that every tensor starts at a multiple of its element size.
 */
export function safetensorsParts(tensors: NamedTensors, metadata: Readonly<Record<string, string>>): Uint8Array[] {
  const ordered = [...tensors].toSorted(
    ([, left], [, right]) => right.data.BYTES_PER_ELEMENT - left.data.BYTES_PER_ELEMENT,
  );
  let end = 0;
  const entries = ordered.map(([name, { type, shape, data }]) => {
    const start = end;
    end += data.byteLength;
    return [name, { dtype: type, shape, data_offsets: [start, end] }] as const;
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const unpadded = Buffer.from(text);
  const header = Buffer.concat([unpadded, Buffer.alloc((8 - (unpadded.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return [length, header, ...ordered.map(([, { data }]) => bytesOf(data))];
}

/** The memory of a typed array, not copied. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
