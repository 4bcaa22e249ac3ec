import { lanczosProducts, traceDirections, type InstrumentId } from '../../contracts/instruments.ts';
import { RandomStream } from '../training/random.ts';
import type { Instrument, InstrumentSetup, Moment } from './instrument.ts';
import { lanczos, type Multiply } from './lanczos.ts';
import { LossHessian } from './loss-hessian.ts';
import type { MeasuredImages } from './measured-images.ts';

/** The greatest eigenvalue: an estimate from below, which more products would raise. */
export function hessianTop(setup: InstrumentSetup, images: MeasuredImages): Promise<Instrument> {
  return ofHessian(setup, images, 'hessian-top', async ({ multiply, dimension, stream }) => {
    const start = Float64Array.from({ length: dimension }, () => stream.normal());
    const { values } = await lanczos(multiply, start, lanczosProducts);
    return { 'instrument/hessian_top': values[0] ?? Number.NaN };
  });
}

/** E[v^T H v] = tr H for independent signs v (Hutchinson, 1989). */
export function hessianTrace(setup: InstrumentSetup, images: MeasuredImages): Promise<Instrument> {
  return ofHessian(setup, images, 'hessian-trace', async ({ multiply, dimension, stream }) => {
    const estimates: number[] = [];
    while (estimates.length < traceDirections) {
      const signs = Float64Array.from({ length: dimension }, () => (stream.uniform() < 0.5 ? -1 : 1));
      const product = await multiply(signs);
      estimates.push(product.reduce((sum, value, index) => sum + value * (signs[index] ?? 0), 0));
    }
    const mean = estimates.reduce((sum, value) => sum + value, 0) / traceDirections;
    const squares = estimates.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return {
      'instrument/hessian_trace': mean,
      'instrument/hessian_trace_error': Math.sqrt(squares / (traceDirections - 1) / traceDirections),
    };
  });
}

interface Operator {
  readonly multiply: Multiply;
  readonly dimension: number;
  readonly stream: RandomStream;
}

/** The Hessian of the mean loss of the fixed subset's micro-batches at the parameters of a moment. */
async function ofHessian(
  { executor, model, seed }: InstrumentSetup,
  images: MeasuredImages,
  id: InstrumentId,
  values: (operator: Operator) => Promise<Record<string, number>>,
): Promise<Instrument> {
  const subset = images.subset();
  const hessian = await LossHessian.open(executor, model, images.examples);
  const multiply: Multiply = async (vector) => {
    const sum = new Float64Array(hessian.dimension);
    for (const microBatch of subset) add(sum, await hessian.multiply(microBatch, vector), 1 / subset.length);
    return sum;
  };
  return {
    id,
    needs: 'parameters',
    shared: undefined,
    measure: async ({ before, result }: Moment) => {
      await hessian.moveTo(before);
      const stream = RandomStream.named(seed, `instrument/${id}/${String(result.step)}`);
      return values({ multiply, dimension: hessian.dimension, stream });
    },
    dispose: () => hessian.dispose(),
  };
}

function add(sum: Float64Array, vector: Float64Array, factor: number): void {
  for (const [index, value] of vector.entries()) sum[index] = (sum[index] ?? 0) + factor * value;
}
