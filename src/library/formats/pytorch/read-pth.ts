import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { MicrobatchError } from '../../../contracts/errors.ts';
import { elementType, elementsOf } from '../element-types.ts';
import type { StoredTensor, TensorInFile } from '../element-types.ts';
import { leftOutTensors, withinSigned } from '../left-out-tensors.ts';
import { invalidPth } from './errors.ts';
import { overLegacyForm } from './legacy-form.ts';
import { findStateDict, storagesIn } from './state-dict.ts';
import type { FoundStateDict } from './state-dict.ts';
import { readView, spanOf } from './storages.ts';
import type { LocateStorage } from './storages.ts';
import type { TorchTensor } from './pickled-items.ts';
import { isZip, overZipForm } from './zip-form.ts';

/** The weights of a file that is open. */
export interface WeightsInFile {
  readonly tensors: ReadonlyMap<string, TensorInFile>;
  /** What was left out or assumed, in words. */
  readonly notes: readonly string[];
}

export interface ReadWeights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly notes: readonly string[];
}

/** Largest file, bytes. */
export const largestWeights = 16_000_000_000;
/** Views may share a storage, as tied layers do, but a small file may not fill the disk with them, */
const mostSharing = 4;
/** nor may expanded ones, beyond these bytes. */
const mostRepeated = 2 ** 26;

/**
 * Hands the tensors of a file of `torch.save` to `use`, in the zip form of PyTorch 1.6 and later or the one before. Each is
 * read when it is wanted: views become row-major copies, half precision float32 and small integers int32, all exactly;
 * devices do not matter. Nothing in the file is run. Throws `import/invalid-pth`, `import/pickle-refused`,
 * `import/too-large`, `import/no-tensors`.
 */
export async function overPth<T>(
  path: string,
  size: number,
  head: Uint8Array,
  use: (weights: WeightsInFile) => Promise<T>,
): Promise<T> {
  if (size > largestWeights) {
    throw new MicrobatchError({
      code: 'import/too-large',
      message: `${path} has ${String(size)} bytes`,
      expected: `at most ${String(largestWeights)}`,
    });
  }
  const file = await open(path);
  try {
    if (isZip(head)) {
      return await overZipForm(path, file, async (value, locate) =>
        use(await weightsOf(findStateDict(value, path), file, locate, path, size)),
      );
    }
    return await overLegacyForm(
      path,
      file,
      size,
      (value) => storagesIn(value, path),
      async (value, locate) => use(await weightsOf(findStateDict(value, path), file, locate, path, size)),
    );
  } finally {
    await file.close();
  }
}

/** All of a file at once. Throws as `overPth` does. */
export function readPth(path: string, size: number, head: Uint8Array): Promise<ReadWeights> {
  return overPth(path, size, head, async ({ tensors, notes }) => {
    const read = new Map<string, StoredTensor>();
    for (const [name, tensor] of tensors) read.set(name, await tensor.read());
    return { tensors: read, notes };
  });
}

async function weightsOf(
  { tensors: found, notes }: FoundStateDict,
  file: FileHandle,
  locate: LocateStorage,
  path: string,
  size: number,
): Promise<WeightsInFile> {
  const total = [...found.values()].reduce((sum, tensor) => sum + Math.max(bytesOf(tensor), spanOf(tensor)), 0);
  if (total > Math.max(mostSharing * size, mostRepeated)) {
    throw invalidPth(path, `its tensors of ${String(total)} bytes share ${String(size)}`);
  }
  const tensors = [...found].map(([name, tensor]): [string, TensorInFile] => [
    name,
    {
      type: elementType(tensor.element.name)?.kept ?? 'F32',
      shape: tensor.shape,
      read: () => readView(file, tensor, locate, path),
    },
  ]);
  const unsigned = [...found].filter(([, { element }]) => element.name === 'U64').map(([name]) => name);
  const within = await withinSigned(new Map(tensors), unsigned);
  return { tensors: within.tensors, notes: [...notes, ...leftOutTensors(within.leftOut)] };
}

const bytesOf = ({ shape, element }: TorchTensor): number => (elementsOf(shape) ?? 0) * element.bytes;
