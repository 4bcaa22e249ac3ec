import { MicrobatchError } from '../../contracts/errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { floatingPointOperations } from '../graph/cost.ts';
import { finishFunction } from '../graph/program.ts';
import type { Executor } from './executor.ts';

const images = [8, 32, 16, 16] as const;
const filters = [32, 32, 3, 3] as const;
const value = 0.5;

/**
 * Runs a 3x3 convolution of constant images, whose result is known (0.25 x 288 taps in the interior), and gives the best
 * speed of a few repetitions in 10^9 floating-point operations a second. Throws `executor/wrong-result`.
 */
export async function measureExecutor(executor: Executor): Promise<number> {
  const builder = new GraphBuilder();
  const x = builder.input('x', images);
  const filter = builder.input('filter', filters);
  const y = builder.convolution(x, filter, 1, 1);
  const probe = finishFunction(builder, { feeds: { x, filter }, reads: {}, fetches: { y }, updates: {} });
  const session = await executor.load({ state: {}, functions: { probe } });
  try {
    const feeds = {
      x: new Float32Array(images.reduce((product, length) => product * length, 1)).fill(value),
      filter: new Float32Array(filters.reduce((product, length) => product * length, 1)).fill(value),
    };
    let fastest = Number.POSITIVE_INFINITY;
    for (let repetition = 0; repetition < 5; repetition += 1) {
      const start = performance.now();
      const { y: computed } = await session.run('probe', feeds);
      fastest = Math.min(fastest, performance.now() - start);
      requireExpected(computed?.[17] ?? Number.NaN);
    }
    return floatingPointOperations(probe.graph) / (fastest * 1e6);
  } finally {
    await session.dispose();
  }
}

function requireExpected(interior: number): void {
  const expected = value * value * filters[1] * 9;
  if (Math.abs(interior - expected) < 1e-3) return;
  throw new MicrobatchError({
    code: 'executor/wrong-result',
    message: `a small convolution gave ${String(interior)}`,
    expected: String(expected),
  });
}
