import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { ModelSpec } from '../../contracts/run-spec.ts';
import { readNpy } from '../../data/readers/npy.ts';
import { GraphBuilder } from '../../engine/graph/builder.ts';
import { evaluateReference } from '../../engine/graph/reference.ts';
import { elementCount } from '../../engine/graph/shapes.ts';
import { forward } from '../../engine/models/forward.ts';
import { modelOf } from '../../engine/models/index.ts';
import { bufferSpecifications, parameterSpecifications } from '../../engine/models/model.ts';
import type { TensorSpecification } from '../../engine/models/model.ts';
import { reduceFirstDense } from '../../engine/models/vgg16-form.ts';
import { initialTensors } from '../../engine/training/initialise.ts';
import { RandomStream } from '../../engine/training/random.ts';
import { netWeights } from '../weights/net-weights.ts';
import type { NetWeights } from '../weights/net-weights.ts';
import { readSafetensors } from './safetensors.ts';
import { npzParts } from './write-npz.ts';
import { onnxModel } from './write-onnx.ts';
import { safetensorsParts } from './write-safetensors.ts';

const noise = RandomStream.named(3, 'weights formats');
const task = { inputShape: [3, 32, 32], classes: 10 } as const;

/** A net whose every tensor, running statistics included, is away from its starting value. */
function netOf(spec: ModelSpec, on: Parameters<typeof modelOf>[1] = task): NetWeights {
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

function engineLogits({ model, values }: NetWeights, images: readonly number[], count: number): number[] {
  const builder = new GraphBuilder();
  const inputs = (specifications: TensorSpecification[]) =>
    Object.fromEntries(specifications.map(({ name, shape }) => [name, builder.input(name, shape)]));
  const { logits } = forward(builder, model, {
    images: builder.input('images', [count, ...model.inputShape]),
    parameters: inputs(parameterSpecifications(model)),
    buffers: inputs(bufferSpecifications(model)),
    mode: 'evaluation',
  });
  const given = Object.fromEntries(Object.entries(values).map(([name, each]) => [name, [...each]]));
  return [...(evaluateReference(builder, { ...given, images: [...images] })[logits] ?? [])];
}

const whole = (parts: Iterable<Uint8Array>): Uint8Array => Buffer.concat([...parts]);

describe('an ONNX model', () => {
  it.each<[string, ModelSpec]>([
    ['a multilayer perceptron', { kind: 'mlp', widths: [5] }],
    ['a convolutional net with batch norm', { kind: 'convnet', widths: [2, 'pool', 3], batchNorm: true }],
    ['ResNet-18', { kind: 'resnet18', width: 1 }],
    ['VGG-11', { kind: 'vgg11', width: 1 }],
    ['VGG-16', { kind: 'vgg16-bn', width: 1 }],
  ])('of %s gives the logits of the engine in onnxruntime, for any number of images', async (_, spec) => {
    const net = netOf(spec);
    const session = await InferenceSession.create(onnxModel(net), { intraOpNumThreads: 1 });
    for (const count of [1, 2]) {
      const images = Array.from({ length: count * elementCount(task.inputShape) }, () => noise.uniform() - 0.5);
      const { logits } = await session.run({
        images: new Tensor('float32', Float32Array.from(images), [count, ...task.inputShape]),
      });
      expect(logits?.dims).toEqual([count, 10]);
      const expected = engineLogits(net, images, count);
      const worst = Math.max(...expected.map((value, index) => Math.abs(value - Number(logits?.data[index]))));
      expect(worst).toBeLessThan(1e-4);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.01);
    }
    await session.release();
  });
});

describe('a state_dict', () => {
  it('has the names of PyTorch in the order of its modules, with the counters of batch norm', () => {
    const { stateDict } = netOf({ kind: 'resnet18', width: 1 });
    expect(stateDict.size).toBe(122);
    expect([...stateDict.keys()].slice(0, 7)).toEqual([
      ...['conv1.weight', 'bn1.weight', 'bn1.bias', 'bn1.running_mean', 'bn1.running_var', 'bn1.num_batches_tracked'],
      'layer1.0.conv1.weight',
    ]);
    expect(stateDict.get('bn1.num_batches_tracked')).toEqual({ type: 'I64', shape: [], data: BigInt64Array.of(7n) });
  });

  it('of VGG-16 has the first dense layer of torchvision, which comes back byte for byte', () => {
    const { stateDict, values } = netOf({ kind: 'vgg16-bn', width: 1 });
    const full = stateDict.get('classifier.0.weight');
    expect(full?.shape).toEqual([64, 8 * 49]);
    if (full?.type !== 'F32') throw new Error('the layer is missing');
    expect(reduceFirstDense(full.data, 8)).toEqual(values['classifier.0.weight']);
  });

  it('is refused where the checkpoint does not fit its spec, by name', () => {
    const make = (parameters: Record<string, Float32Array>) => () =>
      netWeights({ kind: 'mlp', widths: [] }, { inputShape: [1, 1, 2], classes: 2 }, { parameters, buffers: {} }, 0);
    const good = { 'layers.0.weight': new Float32Array(4), 'layers.0.bias': new Float32Array(2) };
    expect(make(good)().stateDict.size).toBe(2);
    expect(make({ 'layers.0.weight': new Float32Array(4) })).toThrow('the checkpoint has no layers.0.bias');
    expect(make({ ...good, 'layers.0.bias': new Float32Array(3) })).toThrow('layers.0.bias of the checkpoint has 3');
  });
});

describe('files of arrays', () => {
  const { stateDict } = netOf({ kind: 'convnet', widths: [2], batchNorm: true }, { inputShape: [1, 2, 2], classes: 2 });

  it('safetensors reads back the same, every tensor at a multiple of its element size', () => {
    const file = whole(safetensorsParts(stateDict, { format: 'pt' }));
    const read = readSafetensors(file);
    expect(new Set(read.keys())).toEqual(new Set(stateDict.keys()));
    for (const [name, tensor] of stateDict) expect(read.get(name)).toEqual(tensor);
    expect(Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)) % 8).toBe(0);
  });

  it('npz holds an array of NumPy for each tensor', () => {
    const parts = [...npzParts(stateDict)];
    expect(parts.filter((part) => part[0] === 0x93)).toHaveLength(stateDict.size);
    for (const [index, [name, { shape, data }]] of [...stateDict].entries()) {
      const array = readNpy(parts[2 * index + 1] ?? new Uint8Array(), name);
      expect([array.shape, array.type]).toEqual([shape, name.endsWith('tracked') ? 'i8' : 'f4']);
      expect(array.at(0)).toBe(Number(data[0]));
    }
  });
});
