import type { Executor } from '../executor.ts';
import { loadNativeLibrary } from './native-library.ts';
import { SavedModelSession } from './session.ts';

export interface SavedModelOptions {
  /** Folder of the native runtime. */
  readonly runtime: string;
  /** Threads of one operator. */
  readonly threads: number;
}

/**
 * The executor on TensorFlow itself, through tfjs-node-gpu: a program becomes one graph and one session. Deterministic on
 * the processor; on a graphics card TensorFlow's sums may take another order each time.
 */
export async function openSavedModelExecutor({ runtime, threads }: SavedModelOptions): Promise<Executor> {
  const binding = await loadNativeLibrary(runtime, threads);
  const graphicsCard = binding.isUsingGpuDevice();
  return {
    description: {
      name: 'tfjs-node-gpu',
      device: graphicsCard ? 'GPU' : `CPU, ${String(threads)} ${threads === 1 ? 'thread' : 'threads'}`,
      version: `TensorFlow ${binding.TF_Version}`,
      deterministic: !graphicsCard,
    },
    // Images stay fed where they would take memory that a processor needs for itself.
    tableBytes: graphicsCard ? 2 ** 30 : 2 ** 28,
    load: (program) => Promise.resolve(SavedModelSession.load(binding, program)),
  };
}
