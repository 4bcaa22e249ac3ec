import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import type { Executor } from './executor.ts';
import { measureExecutor } from './probe.ts';

export interface ExecutorOptions {
  /** Threads of native kernels; interpreters use one. */
  readonly threads: number;
  /** Folder of native TensorFlow runtimes; tfjs-node-gpu is not usable without one. */
  readonly runtimes?: string | undefined;
}

export interface ExecutorReport {
  readonly name: string;
  readonly usable: boolean;
  readonly device: string;
  /** Speed of a small convolution, 10^9 floating-point operations a second; null where unusable. */
  readonly gflops: number | null;
  /** Why it cannot be used; empty where it can. */
  readonly reason: string;
  /** What to do about that; empty where it can be used. */
  readonly remedy: string;
}

type Opener = (options: ExecutorOptions) => Promise<Executor>;

/** Executors by name, best first; each library is loaded only when asked for. */
const openers: Readonly<Record<string, Opener>> = {
  'tfjs-node-gpu': async ({ threads, runtimes }) => {
    const { preferredRuntime } = await import('./saved-model/installed-runtimes.ts');
    const { openSavedModelExecutor } = await import('./saved-model/index.ts');
    return openSavedModelExecutor({ runtime: preferredRuntime(runtimes), threads });
  },
  onnx: async ({ threads }) => (await import('./onnx/index.ts')).createOnnxExecutor({ threads }),
  'tfjs-wasm': async () => (await import('./tfjs/executor.ts')).openTfjsExecutor('wasm'),
  'tfjs-cpu': async () => (await import('./tfjs/executor.ts')).openTfjsExecutor('cpu'),
};

/**
 * Opens an executor. `auto` takes the first that opens and computes a small program rightly: TensorFlow on a graphics
 * card or the processor where a native runtime is installed, else onnx, else an interpreter; the executor's description
 * says which it was. Throws `executor/unknown`, `executor/not-usable`.
 */
export async function openExecutor(name: string, options: ExecutorOptions): Promise<Executor> {
  if (name === 'auto') return openBest(options);
  const open = openers[name];
  if (open !== undefined) return open(options);
  throw new MicrobatchError({
    code: 'executor/unknown',
    message: `there is no executor ${name}`,
    expected: ['auto', ...Object.keys(openers)].join(', '),
  });
}

/** For what the libraries throw themselves: they came with the application, and only that can replace them. */
const remedyOfOthers = 'train on another executor, or install Microbatch again, which replaces its libraries';

/** Every executor, tried out: opened, checked on a small program and timed. */
export async function listExecutors(options: ExecutorOptions = { threads: 1 }): Promise<ExecutorReport[]> {
  const reports: ExecutorReport[] = [];
  for (const [name, open] of Object.entries(openers)) {
    try {
      const executor = await open(options);
      const gflops = await measureExecutor(executor);
      reports.push({ name, usable: true, device: executor.description.device, gflops, reason: '', remedy: '' });
    } catch (error) {
      const { message, remedy = remedyOfOthers } = toErrorShape(error);
      reports.push({ name, usable: false, device: '', gflops: null, reason: message, remedy });
    }
  }
  return reports;
}

async function openBest(options: ExecutorOptions): Promise<Executor> {
  const problems: string[] = [];
  for (const [name, open] of Object.entries(openers)) {
    try {
      const executor = await open(options);
      await measureExecutor(executor);
      return executor;
    } catch (error) {
      problems.push(`${name}: ${toErrorShape(error).message}`);
    }
  }
  throw new MicrobatchError({
    code: 'executor/not-usable',
    message: `no executor works here (${problems.join('; ')})`,
  });
}
