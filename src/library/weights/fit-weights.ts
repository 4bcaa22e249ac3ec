import { MicrobatchError } from '../../contracts/errors.ts';
import type { ModelSpec } from '../../contracts/run-spec.ts';
import { modelOf } from '../../engine/models/index.ts';
import { bufferSpecifications, parameterSpecifications } from '../../engine/models/model.ts';
import type { TensorSpecification } from '../../engine/models/model.ts';
import { reduceFirstDense } from '../../engine/models/vgg16-form.ts';
import { pooledSide } from '../../engine/models/vgg.ts';
import type { TrainingState } from '../../engine/training/state.ts';
import type { StoredTensor } from '../formats/element-types.ts';
import type { NamedTensors } from './net-weights.ts';

const toldDifferences = 3;
const copies = pooledSide * pooledSide;

/**
 * The parameters and running statistics of a spec's model from a state_dict. Every tensor must be there in float32 and its
 * shape, and no other one, but for PyTorch's counters `num_batches_tracked`, which nothing here reads. VGG-16's
 * first dense layer may have torchvision's form of 49 columns a channel, which is reduced as it is. Throws
 * `weights/other-model` naming the first tensors that differ.
 */
export function fitWeights(
  spec: ModelSpec,
  task: { readonly inputShape: readonly [number, number, number]; readonly classes: number },
  tensors: NamedTensors,
  name: string,
): Pick<TrainingState, 'parameters' | 'buffers'> {
  const model = modelOf(spec, task);
  const specified = [...parameterSpecifications(model), ...bufferSpecifications(model)];
  const names = new Set(specified.map(({ name: each }) => each));
  const isReduced = spec.kind === 'vgg16-bn';
  const differences: string[] = [];
  const take = (specifications: readonly TensorSpecification[]): Record<string, Float32Array> =>
    Object.fromEntries(
      specifications.flatMap(({ name: wanted, shape }) => {
        const fitted = fitTensor(wanted, shape, tensors.get(wanted), isReduced);
        if (typeof fitted !== 'string') return [[wanted, fitted]];
        differences.push(fitted);
        return [];
      }),
    );
  const parameters = take(parameterSpecifications(model));
  const buffers = take(bufferSpecifications(model));
  for (const other of tensors.keys()) {
    if (names.has(other) || other.endsWith('.num_batches_tracked')) continue;
    differences.push(`${other} is not in the model`);
  }
  if (differences.length === 0) return { parameters, buffers };
  const told = differences.slice(0, toldDifferences).join('; ');
  const left = differences.length - toldDifferences;
  throw new MicrobatchError({
    code: 'weights/other-model',
    message: `the weights ${name} do not fit the model: ${told}${left > 0 ? `; and ${String(left)} more` : ''}`,
    expected: "the model's tensors, by their state_dict names",
    remedy: 'choose the model, its width and the data set that the weights were trained with',
  });
}

/** The values, or how the tensor differs, in words. */
function fitTensor(
  name: string,
  shape: readonly number[],
  found: StoredTensor | undefined,
  isReduced: boolean,
): Float32Array | string {
  if (found === undefined) return `${name} is missing`;
  if (found.type !== 'F32') return `${name} is of type ${found.type}, not F32`;
  if (sameShape(found.shape, shape)) return found.data;
  const [out = 0, channels = 0] = shape;
  if (isReduced && name === 'classifier.0.weight' && sameShape(found.shape, [out, channels * copies])) {
    return reduceFirstDense(found.data, channels);
  }
  return `${name} has the shape [${found.shape.join(', ')}], not [${shape.join(', ')}]`;
}

function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((side, axis) => side === right[axis]);
}
