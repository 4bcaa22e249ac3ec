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

/** What is compared of a tensor: not its values. */
export interface TensorForm {
  readonly type: string;
  readonly shape: readonly number[];
}

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
  const differences = differencesFrom(spec, task, tensors);
  if (differences.length === 0) {
    const model = modelOf(spec, task);
    const take = (specifications: readonly TensorSpecification[]): Record<string, Float32Array> =>
      Object.fromEntries(
        specifications.map(({ name: wanted, shape }) => [wanted, valuesOf(tensors.get(wanted), shape)] as const),
      );
    return { parameters: take(parameterSpecifications(model)), buffers: take(bufferSpecifications(model)) };
  }
  const told = differences.slice(0, toldDifferences).join('; ');
  const left = differences.length - toldDifferences;
  throw new MicrobatchError({
    code: 'weights/other-model',
    message: `the weights ${name} do not fit the model: ${told}${left > 0 ? `; and ${String(left)} more` : ''}`,
    expected: "the model's tensors, by their state_dict names",
    remedy: 'choose the model, its width and the data set that the weights were trained with',
  });
}

/** How tensors differ from those of a spec's model, in words; none where they fit. Their values are not looked at. */
export function differencesFrom(
  spec: ModelSpec,
  task: { readonly inputShape: readonly [number, number, number]; readonly classes: number },
  tensors: ReadonlyMap<string, TensorForm>,
): string[] {
  const model = modelOf(spec, task);
  const specified = [...parameterSpecifications(model), ...bufferSpecifications(model)];
  const names = new Set(specified.map(({ name }) => name));
  const others = [...tensors.keys()].filter((name) => !names.has(name) && !name.endsWith('.num_batches_tracked'));
  return [
    ...specified.flatMap((each) => differenceOf(each, tensors.get(each.name), spec.kind === 'vgg16-bn') ?? []),
    ...others.map((name) => `${name} is not in the model`),
  ];
}

function differenceOf(
  { name, shape }: TensorSpecification,
  found: TensorForm | undefined,
  isReduced: boolean,
): string | null {
  if (found === undefined) return `${name} is missing`;
  if (found.type !== 'F32') return `${name} is of type ${found.type}, not F32`;
  if (sameShape(found.shape, shape)) return null;
  const [out = 0, channels = 0] = shape;
  if (isReduced && name === 'classifier.0.weight' && sameShape(found.shape, [out, channels * copies])) return null;
  return `${name} has the shape [${found.shape.join(', ')}], not [${shape.join(', ')}]`;
}

/** The values of a tensor that fits; VGG-16's first dense layer is reduced where it has 49 columns a channel. */
function valuesOf(found: StoredTensor | undefined, shape: readonly number[]): Float32Array {
  if (found?.type !== 'F32') throw new Error('only tensors that fit are taken');
  if (sameShape(found.shape, shape)) return found.data;
  const [, channels = 0] = shape;
  return reduceFirstDense(found.data, channels);
}

function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((side, axis) => side === right[axis]);
}
