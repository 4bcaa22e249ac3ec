import { existsSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Placement } from './unpack-wheel.ts';

/**
 * What a runtime keeps of the wheels. The addon finds TensorFlow in ../../deps/lib, and TensorFlow finds NVIDIA's
 * libraries in ../../nvidia/NAME/lib, both from where they lie themselves: the folder works wherever it is moved to.
 */
export const keptFiles: Placement = (file) => {
  if (/^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/.test(file)) return join('deps', 'lib', basename(file));
  if (/^nvidia\/[^/]+\/lib\/[^/]+\.so[.0-9]*$/.test(file)) return file;
  // The compiler of device code and its library, for kernels that are made for the card at first use.
  if (/^nvidia\/cuda_nvcc\/(bin|nvvm)\//.test(file)) return file;
  return undefined;
};

/** Headers that the addon is compiled against, below `include`; needed only for that. */
export const headers: Placement = (file) =>
  /^tensorflow\/include\/(tensorflow\/c|tensorflow\/core\/platform|xla\/tsl\/c|tsl\/platform)\/.*\.h$/.test(file)
    ? file.replace(/^tensorflow\//, '')
    : undefined;

/** cuDNN looks for NVRTC under another name than that of its wheel. */
export function completeLayout(folder: string): void {
  const wheelName = join(folder, 'nvidia', 'cuda_nvrtc');
  const expectedName = join(folder, 'nvidia', 'nvrtc');
  if (existsSync(wheelName) && !existsSync(expectedName)) symlinkSync('cuda_nvrtc', expectedName);
}
