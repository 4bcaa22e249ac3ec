import { elementCount } from '../graph/shapes.ts';
import type { Initialiser, TensorSpecification } from '../models/model.ts';
import { RandomStream } from './random.ts';

/**
 * Starting values by name. Each tensor has its own stream `initialisation/NAME`, so the same seed gives the same
 * parameters under every method: runs are paired by seed.
 */
export function initialTensors(
  specifications: readonly TensorSpecification[],
  seed: number,
): Record<string, Float32Array> {
  return Object.fromEntries(
    specifications.map(({ name, shape, initialiser }) => {
      const values = new Float32Array(elementCount(shape));
      if (initialiser.kind === 'constant') return [name, values.fill(initialiser.value)];
      const stream = RandomStream.named(seed, `initialisation/${name}`);
      return [name, values.map(() => drawInitial(initialiser, stream))];
    }),
  );
}

function drawInitial(initialiser: Exclude<Initialiser, { kind: 'constant' }>, stream: RandomStream): number {
  return initialiser.kind === 'uniform'
    ? (stream.uniform() * 2 - 1) * initialiser.bound
    : stream.normal() * initialiser.standardDeviation;
}
