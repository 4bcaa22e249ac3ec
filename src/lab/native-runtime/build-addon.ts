import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { ProgramFollow } from './run-program.ts';
import { runProgram } from './run-program.ts';

/** Where a runtime keeps the addon, relative to its folder. */
export const addonFile = join('lib', 'napi-v8', 'tfjs_binding.node');

/**
 * Compiles tfjs-node-gpu's addon from the sources in its package, against TensorFlow's headers and libraries and the
 * headers of Node-API, into the runtime. It uses Node-API alone, so one addon serves every later Node and Electron.
 * Throws `runtime/no-compiler`, `runtime/compile-failed` with the compiler's first error.
 */
export async function buildAddon(
  folder: string,
  include: string,
  follow: Pick<ProgramFollow, 'line' | 'signal'> = {},
): Promise<void> {
  const compiler = process.env['CXX'] ?? 'c++';
  const { resolve } = createRequire(import.meta.url);
  const binding = join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding');
  const nodeApi = join(dirname(resolve('node-api-headers/package.json')), 'include');
  const addon = join(folder, addonFile);
  mkdirSync(dirname(addon), { recursive: true });
  await requireCompiler(compiler, follow.signal);
  const words = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...[`-I${nodeApi}`, `-I${include}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((source) => join(binding, source)),
    ...[`-L${join(folder, 'deps', 'lib')}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', addon],
  ];
  const { code, words: output } = await runProgram(compiler, words, follow);
  if (code === 0) return;
  const complaint = output.split('\n').find((line) => line.includes('error')) ?? output;
  throw new MicrobatchError({
    code: 'runtime/compile-failed',
    message: `${compiler} could not compile the addon: ${complaint.trim()}`,
    expected: 'a C++17 compiler with the headers of its system',
    remedy:
      'name another compiler with CXX, or put a tfjs_binding.node made elsewhere beside the wheels and install from their folder',
  });
}

async function requireCompiler(compiler: string, signal: AbortSignal | undefined): Promise<void> {
  const { code } = await runProgram(compiler, ['--version'], { signal });
  if (code === 0) return;
  throw new MicrobatchError({
    code: 'runtime/no-compiler',
    message: `${compiler} cannot be run, so the addon cannot be compiled`,
    expected: 'a C++17 compiler, named by CXX or called c++',
    remedy: 'install one, or put a tfjs_binding.node made elsewhere beside the wheels and install from their folder',
  });
}
