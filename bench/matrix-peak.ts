import { createOnnxExecutor } from '../src/engine/executors/onnx/index.ts';
import { GraphBuilder } from '../src/engine/graph/builder.ts';
import { finishFunction } from '../src/engine/graph/program.ts';

const side = 1024;
const repetitions = 12;

/** The fastest of some products of square matrices, 10^9 floating-point operations a second: what this machine can do. */
export async function measurePeak(threads: number): Promise<number> {
  const builder = new GraphBuilder();
  const a = builder.input('a', [side, side]);
  const b = builder.input('b', [side, side]);
  const trace = builder.total(builder.matrixMultiply(a, b, false, true));
  const product = finishFunction(builder, { feeds: { a, b }, reads: {}, fetches: { trace }, updates: {} });
  const executor = await createOnnxExecutor({ threads });
  const session = await executor.load({ state: {}, functions: { product } });
  const feeds = { a: new Float32Array(side * side).fill(0.5), b: new Float32Array(side * side).fill(0.25) };
  let fastest = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const start = performance.now();
    await session.run('product', feeds);
    fastest = Math.min(fastest, performance.now() - start);
  }
  await session.dispose();
  return (2 * side ** 3) / (fastest * 1e6);
}
