import { MicrobatchError } from '../../contracts/errors.ts';
import type { ModelSpec } from '../../contracts/run-spec.ts';
import { modelOf } from '../../engine/models/index.ts';
import { bufferSpecifications, parameterSpecifications } from '../../engine/models/model.ts';
import type { ModelDefinition } from '../../engine/models/model.ts';
import { expandFirstDense } from '../../engine/models/vgg16-form.ts';
import { pooledSide } from '../../engine/models/vgg.ts';
import type { TrainingState } from '../../engine/training/state.ts';
import type { StoredTensor } from '../formats/element-types.ts';

export type NamedTensors = ReadonlyMap<string, StoredTensor>;

/** The trained net of a checkpoint. */
export interface NetWeights {
  /** The net as it computes, for inference. */
  readonly model: ModelDefinition;
  /** Parameters and running statistics of `model`, by name. */
  readonly values: Readonly<Record<string, Float32Array>>;
  /** A PyTorch state_dict, in its order: VGG-16 with torchvision's first dense layer, batch norm with its counters. */
  readonly stateDict: NamedTensors;
}

/**
 * The net that a spec's model and a training state make. `batches`: training passes so far, which PyTorch counts in
 * every batch norm. Throws `weights/missing-tensor` and `weights/wrong-size`.
 */
export function netWeights(
  spec: ModelSpec,
  task: { readonly inputShape: readonly [number, number, number]; readonly classes: number },
  state: Pick<TrainingState, 'parameters' | 'buffers'>,
  batches: number,
): NetWeights {
  const model = modelOf(spec, task);
  const values = { ...state.parameters, ...state.buffers };
  const specifications = [...parameterSpecifications(model), ...bufferSpecifications(model)];
  const found = new Map<string, StoredTensor>();
  for (const { name, shape } of specifications) {
    const data = values[name];
    if (data === undefined) throw unfit('missing-tensor', `the checkpoint has no ${name}`, shape);
    if (data.length !== shape.reduce((product, side) => product * side, 1)) {
      throw unfit('wrong-size', `${name} of the checkpoint has ${String(data.length)} values`, shape);
    }
    found.set(name, { type: 'F32', shape, data });
  }
  if (spec.kind === 'vgg16-bn') widenFirstDense(found);
  return { model, values, stateDict: inOrderOfModules(found, batches) };
}

/** torchvision repeats each feature 49 times before this layer; see vgg16-form.ts. */
function widenFirstDense(tensors: Map<string, StoredTensor>): void {
  const name = 'classifier.0.weight';
  const reduced = tensors.get(name);
  if (reduced?.type !== 'F32') return;
  const [out = 0, channels = 0] = reduced.shape;
  const shape = [out, channels * pooledSide * pooledSide];
  tensors.set(name, { type: 'F32', shape, data: expandFirstDense(reduced.data) });
}

/** A state_dict names what a module has before the next module: weight, bias, then the buffers of a batch norm. */
function inOrderOfModules(tensors: NamedTensors, batches: number): NamedTensors {
  const ordered = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (/[.]running_(mean|var)$/.test(name)) continue;
    ordered.set(name, tensor);
    const module = name.slice(0, name.lastIndexOf('.'));
    if (!name.endsWith('.bias')) continue;
    for (const buffer of [`${module}.running_mean`, `${module}.running_var`]) {
      const statistics = tensors.get(buffer);
      if (statistics !== undefined) ordered.set(buffer, statistics);
    }
    if (tensors.has(`${module}.running_mean`)) {
      ordered.set(`${module}.num_batches_tracked`, { type: 'I64', shape: [], data: BigInt64Array.of(BigInt(batches)) });
    }
  }
  return ordered;
}

function unfit(reason: 'missing-tensor' | 'wrong-size', message: string, shape: readonly number[]): MicrobatchError {
  return new MicrobatchError({
    code: `weights/${reason}`,
    message,
    expected: `a tensor of shape [${shape.join(', ')}]`,
    remedy: 'the checkpoint does not belong to the spec of its run; `verify` checks the run',
  });
}
