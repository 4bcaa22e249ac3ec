import type { FileHandle } from 'node:fs/promises';
import { readRange } from '../read-range.ts';
import { storedTensor } from '../element-types.ts';
import type { StoredTensor } from '../element-types.ts';
import { invalidPth } from './errors.ts';
import type { TorchStorage, TorchTensor } from './pickled-items.ts';

/** Where the bytes of a storage begin in its file, once it is sure that they are all there. */
export type LocateStorage = (storage: TorchStorage) => Promise<number>;

/** Bytes of a storage that a view lies in, from its first element to its last. */
export function spanOf({ shape, strides, element }: TorchTensor): number {
  if (shape.includes(0)) return 0;
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * (strides[axis] ?? 0), 0);
  return (last + 1) * element.bytes;
}

/** A view as a row-major copy; only its part of the storage is read. */
export async function readView(
  file: FileHandle,
  tensor: TorchTensor,
  locate: LocateStorage,
  path: string,
): Promise<StoredTensor> {
  const { storage, offset, shape, strides } = tensor;
  const { bytes: width, name } = tensor.element;
  const begin = (await locate(storage)) + offset * width;
  const part = await readRange(file, begin, spanOf(tensor), () =>
    invalidPth(path, `the storage ${storage.key.slice(0, 100)} is cut off`),
  );
  return storedTensor(name, shape, isRowMajor(shape, strides) ? part.buffer : gather(part, shape, strides, width));
}

/** The elements of a view, row-major. */
function gather(part: Uint8Array, shape: readonly number[], strides: readonly number[], width: number): ArrayBuffer {
  const elements = shape.reduce((product, side) => product * side, 1);
  const gathered = new Uint8Array(elements * width);
  const index = shape.map(() => 0);
  let from = 0;
  for (let element = 0; element < elements; element += 1) {
    for (let byte = 0; byte < width; byte += 1) gathered[element * width + byte] = part[from * width + byte] ?? 0;
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
