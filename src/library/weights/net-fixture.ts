import type { ModelSpec } from '../../contracts/run-spec.ts';
import { modelOf } from '../../engine/models/index.ts';
import { bufferSpecifications, parameterSpecifications } from '../../engine/models/model.ts';
import type { TensorSpecification } from '../../engine/models/model.ts';
import { initialTensors } from '../../engine/training/initialise.ts';
import { RandomStream } from '../../engine/training/random.ts';
import { netWeights } from './net-weights.ts';
import type { NetWeights } from './net-weights.ts';

const noise = RandomStream.named(3, 'weights formats');
export const task = { inputShape: [3, 32, 32], classes: 10 } as const;

/** A net whose every tensor, running statistics included, is away from its starting value. For tests. */
export function netOf(spec: ModelSpec, on: Parameters<typeof modelOf>[1] = task): NetWeights {
  const model = modelOf(spec, on);
  const moved = (specifications: TensorSpecification[]) =>
    Object.fromEntries(
      Object.entries(initialTensors(specifications, 1)).map(([name, values]) => [
        name,
        values.map((value) => value + 0.2 * (noise.uniform() - 0.4)),
      ]),
    );
  const state = { parameters: moved(parameterSpecifications(model)), buffers: moved(bufferSpecifications(model)) };
  return netWeights(spec, on, state, 7);
}
