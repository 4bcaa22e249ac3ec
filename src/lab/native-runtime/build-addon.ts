import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { MicrobatchError } from '../../contracts/errors.ts';

/** Where a runtime keeps the addon, relative to its folder. */
export const addonFile = join('lib', 'napi-v8', 'tfjs_binding.node');

const execute = promisify(execFile);

/**
 * Compiles tfjs-node-gpu's addon from the sources in its package, against TensorFlow's headers and libraries and the
 * headers of Node-API, into the runtime. It uses Node-API alone, so one addon serves every later Node and Electron.
 * Throws `runtime/no-compiler`, `runtime/compile-failed` with the compiler's first error.
 */
export async function buildAddon(folder: string, include: string): Promise<void> {
  const compiler = process.env['CXX'] ?? 'c++';
  const { resolve } = createRequire(import.meta.url);
  const binding = join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding');
  const nodeApi = join(dirname(resolve('node-api-headers/package.json')), 'include');
  const output = join(folder, addonFile);
  mkdirSync(dirname(output), { recursive: true });
  await requireCompiler(compiler);
  const words = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...[`-I${nodeApi}`, `-I${include}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((source) => join(binding, source)),
    ...[`-L${join(folder, 'deps', 'lib')}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', output],
  ];
  try {
    await execute(compiler, words, { maxBuffer: 64 * 2 ** 20 });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    const complaint = output.split('\n').find((line) => line.includes('error')) ?? output;
    throw new MicrobatchError(
      { code: 'runtime/compile-failed', message: `${compiler} could not compile the addon: ${complaint.trim()}` },
      { cause: error },
    );
  }
}

async function requireCompiler(compiler: string): Promise<void> {
  try {
    await execute(compiler, ['--version']);
  } catch (error) {
    throw new MicrobatchError(
      {
        code: 'runtime/no-compiler',
        message: `${compiler} cannot be run, so the addon cannot be compiled`,
        expected: 'a C++17 compiler, named by CXX or called c++',
        remedy: 'install one, or put a tfjs_binding.node made elsewhere beside the wheels and use --from DIR',
      },
      { cause: error },
    );
  }
}
