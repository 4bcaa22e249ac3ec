import { existsSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import util from 'node:util';
import { MicrobatchError } from '../../../contracts/errors.ts';
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding.js';

/** Where a native runtime keeps the addon of tfjs-node-gpu; the addon looks for its libraries in ../../deps/lib. */
export const addonPath = join('lib', 'napi-v8', 'tfjs_binding.node');

let loaded: { readonly folder: string; readonly binding: Promise<TFJSBinding> } | undefined;

/**
 * Loads tfjs-node-gpu with the addon of a native runtime folder and returns its binding to TensorFlow. A process can load
 * one runtime, with one number of threads: the first call decides. Throws `runtime/not-found`, `runtime/other-loaded`,
 * `runtime/load-failed`.
 */
export function loadNativeLibrary(folder: string, threads: number): Promise<TFJSBinding> {
  loaded ??= { folder, binding: load(folder, threads) };
  if (loaded.folder === folder) return loaded.binding;
  throw new MicrobatchError({
    code: 'runtime/other-loaded',
    message: `this process has loaded the runtime in ${loaded.folder} and cannot load ${folder} beside it`,
    remedy: 'start another process',
  });
}

async function load(folder: string, threads: number): Promise<TFJSBinding> {
  const addon = join(folder, addonPath);
  if (!existsSync(addon)) {
    throw new MicrobatchError({
      code: 'runtime/not-found',
      message: `the native runtime in ${folder} has no ${addonPath}`,
      remedy: 'install it again with: microbatch runtime install',
    });
  }
  setEnvironment(threads);
  restoreRemovedUtilities();
  pointToAddon(addon);
  try {
    const { NodeJSKernelBackend } = await import('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js');
    await import('@tensorflow/tfjs-node-gpu');
    const { findBackend } = await import('@tensorflow/tfjs-core');
    const backend = findBackend('tensorflow');
    if (backend instanceof NodeJSKernelBackend) return backend.binding;
    throw new Error('the tensorflow backend did not register');
  } catch (error) {
    throw new MicrobatchError(
      {
        code: 'runtime/load-failed',
        message: `the native runtime in ${folder} does not load: ${error instanceof Error ? error.message : String(error)}`,
        remedy: 'microbatch runtime probe',
      },
      { cause: error },
    );
  }
}

/** TensorFlow reads these once, when its library is loaded. Values that the user has set stay. */
function setEnvironment(threads: number): void {
  const { env } = process;
  env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  env['TF_NUM_INTEROP_THREADS'] ??= '1';
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  // One run must not take all memory of the graphics card.
  env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
}

/** tfjs-node-gpu 4.22 calls two functions that Node 23 removed from its `util` module. */
function restoreRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === undefined || value === null,
    isArray: (value: unknown) => Array.isArray(value),
  };
  for (const [name, value] of Object.entries(removed)) {
    if (!(name in util)) Object.defineProperty(util, name, { value, configurable: true });
  }
}

/** tfjs-node-gpu asks node-pre-gyp for its addon inside node_modules; this answer points into the runtime instead. */
function pointToAddon(addon: string): void {
  const ourRequire = createRequire(import.meta.url);
  const theirRequire = createRequire(ourRequire.resolve('@tensorflow/tfjs-node-gpu'));
  const asked = theirRequire.resolve('@mapbox/node-pre-gyp');
  const answer = new Module(asked);
  answer.filename = asked;
  answer.loaded = true;
  answer.exports = { find: () => addon };
  ourRequire.cache[asked] = answer;
}
