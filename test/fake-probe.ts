/** Probe process of a machine whose TensorFlow is made of text: a runtime computes rightly where its addon says so. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { toProbe } from '../src/contracts/probe-protocol.ts';
import type { FromProbe, ToProbe } from '../src/contracts/probe-protocol.ts';

const works = (folder: string): boolean => {
  const addon = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  return existsSync(addon) && readFileSync(addon, 'utf8') === 'addon';
};

function answer(question: ToProbe): FromProbe {
  if (question.type === 'runtime' && works(question.folder)) {
    return { type: 'runtime', runtime: { version: '2.18.1', graphicsCard: false } };
  }
  if (question.type !== 'executors') {
    return { type: 'failed', error: { code: 'runtime/load-failed', message: 'the addon does not load' } };
  }
  const { runtimes } = question;
  const isThere =
    existsSync(runtimes) && readdirSync(runtimes).some((name) => !name.startsWith('.') && works(join(runtimes, name)));
  const usable = { usable: true, device: 'CPU', reason: null, remedy: null };
  const missing = {
    usable: false,
    device: null,
    gflops: null,
    reason: 'no runtime is installed',
    remedy: 'install one',
  };
  const native = isThere ? { ...usable, gflops: 25 } : missing;
  const executors = [
    { name: 'tfjs-node-gpu', ...native },
    { name: 'onnx', ...usable, gflops: 10 },
  ];
  const card = { name: 'Test card', driver: '1.0', memoryBytes: 80 * 2 ** 30, freeBytes: 60 * 2 ** 30 };
  return { type: 'executors', executors, graphicsCards: [card] };
}

process.on('message', (raw) => process.send?.(answer(toProbe.parse(raw))));
process.on('disconnect', () => process.exit(0));
