import { MicrobatchError } from '../../src/contracts/errors.ts';
import type { StoredTensor } from '../../src/library/formats/element-types.ts';

type Stored = ReadonlyMap<string, StoredTensor>;

/** Tensors of a case file by name; each throws `golden/bad-case` where the file has none of that type. */
export function floats(tensors: Stored, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (tensor?.type === 'F32') return tensor.data;
  throw badCase(`there is no float32 tensor ${name}`);
}

export function integers(tensors: Stored, name: string): Int32Array {
  const tensor = tensors.get(name);
  if (tensor?.type === 'I32') return tensor.data;
  throw badCase(`there is no int32 tensor ${name}`);
}

export function numbers(tensors: Stored, name: string): Float32Array | Float64Array {
  const tensor = tensors.get(name);
  if (tensor?.type === 'F32' || tensor?.type === 'F64') return tensor.data;
  throw badCase(`there is no tensor ${name} of floating-point numbers`);
}

/** Labels as rows of [examples, classes]. */
export function oneHot(labels: ArrayLike<number>, classes: number, height = 1): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let example = 0; example < labels.length; example += 1)
    rows[example * classes + (labels[example] ?? 0)] = height;
  return rows;
}

export function badCase(problem: string): MicrobatchError {
  return new MicrobatchError({ code: 'golden/bad-case', message: problem });
}
