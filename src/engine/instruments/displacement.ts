import { parameterSpecifications } from '../models/model.ts';
import { initialTensors } from '../training/initialise.ts';
import type { Instrument, InstrumentSetup, Parameters } from './instrument.ts';

/** norm(theta - theta_0); theta_0 follows from the seed, so a resumed run measures from the same place. */
export function distanceFromInitialisation({ model, seed }: InstrumentSetup): Instrument {
  const start = initialTensors(parameterSpecifications(model), seed);
  return {
    id: 'distance-from-initialisation',
    needs: 'parameters',
    shared: undefined,
    measure: ({ before }) =>
      Promise.resolve({
        'instrument/distance_from_initialisation': Math.sqrt(squaredDistance(before, start, Object.keys(start))),
      }),
    dispose: () => Promise.resolve(),
  };
}

/** norm(theta' - theta) / norm(theta), of all parameters and of each layer: of those that share a name up to the last dot. */
export function updateToWeight({ model }: InstrumentSetup): Instrument {
  const names = parameterSpecifications(model).map(({ name }) => name);
  const layers = Object.entries(Object.groupBy(names, (name) => name.slice(0, name.lastIndexOf('.'))));
  return {
    id: 'update-to-weight',
    needs: 'parameters',
    shared: undefined,
    measure: async ({ before, after }) => {
      const moved = await after();
      const ratio = (of: readonly string[]): number =>
        Math.sqrt(squaredDistance(moved, before, of) / squaredDistance(before, {}, of));
      return {
        'instrument/update_to_weight': ratio(names),
        ...Object.fromEntries(layers.map(([layer, of = []]) => [`instrument/update_to_weight/${layer}`, ratio(of)])),
      };
    },
    dispose: () => Promise.resolve(),
  };
}

/** Over the named tensors, in double precision; a tensor missing on the right is zero. */
function squaredDistance(left: Parameters, right: Parameters, names: readonly string[]): number {
  let sum = 0;
  for (const name of names) {
    const other = right[name];
    for (const [index, value] of (left[name] ?? new Float32Array()).entries())
      sum += (value - (other?.[index] ?? 0)) ** 2;
  }
  return sum;
}
