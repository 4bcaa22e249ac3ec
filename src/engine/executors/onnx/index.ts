import type { Executor } from '../executor.ts';
import { findBlock } from './block-probe.ts';
import { env } from './onnxruntime.ts';
import { OnnxSession } from './session.ts';

export interface OnnxOptions {
  /** Threads of one operator; 1 is best for small nets. */
  readonly threads: number;
}

/**
 * The executor on onnxruntime's CPU library, which ships inside its npm package: every function of a program becomes
 * one ONNX model. Deterministic: the same program, data and threads on the same processor give the same bytes.
 */
export async function createOnnxExecutor({ threads }: OnnxOptions): Promise<Executor> {
  const block = await findBlock();
  return {
    description: {
      name: 'onnx',
      device: `CPU, ${String(threads)} ${threads === 1 ? 'thread' : 'threads'}`,
      version: `onnxruntime-node ${env.versions.node ?? 'unknown'}`,
      deterministic: true,
    },
    load: (program) => OnnxSession.load(program, { threads, block }),
  };
}
