import { InferenceSession, Tensor } from './onnxruntime.ts';
import { describe, expect, it } from 'vitest';
import type { ModelSpec } from '../../../contracts/run-spec.ts';
import { netOf, task } from '../../../library/weights/net-fixture.ts';
import type { NetWeights } from '../../../library/weights/net-weights.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { evaluateReference } from '../../graph/reference.ts';
import { elementCount } from '../../graph/shapes.ts';
import { forward } from '../../models/forward.ts';
import { bufferSpecifications, parameterSpecifications } from '../../models/model.ts';
import type { TensorSpecification } from '../../models/model.ts';
import { RandomStream } from '../../training/random.ts';
import { onnxModel } from './inference-model.ts';

const noise = RandomStream.named(5, 'inference model');

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
