import type { NamedTensors } from '../weights/net-weights.ts';
import type { StoredTensor } from './element-types.ts';
import { bytesOf } from './write-safetensors.ts';
import { zipParts } from './write-zip.ts';

const descriptors = { F32: '<f4', F64: '<f8', U8: '|u1', I32: '<i4', I64: '<i8' } as const;

/** The parts of a .npz file as `numpy.savez` writes it: one .npy of version 1.0 a tensor, row-major. */
export function npzParts(tensors: NamedTensors): Iterable<Uint8Array> {
  return zipParts([...tensors].map(([name, tensor]) => ({ name: `${name}.npy`, data: npyOf(tensor) })));
}

function npyOf({ type, shape, data }: StoredTensor): Uint8Array {
  const sides = shape.length === 1 ? `${String(shape[0])},` : shape.join(', ');
  const text = `{'descr': '${descriptors[type]}', 'fortran_order': False, 'shape': (${sides}), }`;
  // Magic, version and length take 10 bytes; all of it with its line end is a multiple of 64.
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header), bytesOf(data)]);
}
