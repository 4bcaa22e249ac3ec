import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { evaluateReference } from '../graph/reference.ts';
import { elementCount } from '../graph/shapes.ts';
import { initialTensors } from '../training/initialise.ts';
import { forward } from './forward.ts';
import { modelOf } from './index.ts';
import { bufferSpecifications, parameterSpecifications, type ModelDefinition } from './model.ts';
import { vgg11 } from './vgg.ts';

const cifar = (classes: number) => ({ inputShape: [3, 32, 32], classes }) as const;
const parameters = (model: ModelDefinition): number =>
  parameterSpecifications(model).reduce((sum, { shape }) => sum + elementCount(shape), 0);

describe('the networks of the study', () => {
  it.each([
    ['resnet18', 10, 11_173_962, 62],
    ['resnet18', 100, 11_220_132, 62],
    ['vgg11', 10, 9_750_922, 22],
    ['vgg16-bn', 10, 33_646_666, 58],
    ['vgg16-bn', 100, 34_015_396, 58],
  ] as const)('%s with %i classes has %i parameters in %i tensors', (kind, classes, count, tensors) => {
    const model = modelOf({ kind, width: 64 }, cifar(classes));
    expect(parameters(model)).toBe(count);
    expect(parameterSpecifications(model)).toHaveLength(tensors);
  });

  it('ResNet-18 names its tensors as the checkpoints of the study do', () => {
    const names = parameterSpecifications(modelOf({ kind: 'resnet18', width: 64 }, cifar(10))).map(({ name }) => name);
    expect(names.slice(0, 6)).toEqual([
      ...['conv1.weight', 'bn1.weight', 'bn1.bias'],
      ...['layer1.0.conv1.weight', 'layer1.0.bn1.weight', 'layer1.0.bn1.bias'],
    ]);
    expect(names).toContain('layer2.0.shortcut.0.weight');
    expect(names).toContain('layer4.1.bn2.bias');
    expect(names).not.toContain('layer1.0.shortcut.0.weight');
    expect(names.slice(-2)).toEqual(['linear.weight', 'linear.bias']);
    expect(bufferSpecifications(modelOf({ kind: 'resnet18', width: 64 }, cifar(10)))).toHaveLength(40);
  });

  it('VGG-16 names its tensors as torchvision does', () => {
    const names = parameterSpecifications(modelOf({ kind: 'vgg16-bn', width: 64 }, cifar(10))).map(({ name }) => name);
    expect(names.slice(0, 5)).toEqual([
      ...['features.0.weight', 'features.0.bias', 'features.1.weight', 'features.1.bias', 'features.3.weight'],
    ]);
    expect(names.slice(-6)).toEqual([
      ...['classifier.0.weight', 'classifier.0.bias', 'classifier.3.weight'],
      ...['classifier.3.bias', 'classifier.6.weight', 'classifier.6.bias'],
    ]);
  });

  it('keep their proportions at another width', () => {
    const model = modelOf({ kind: 'resnet18', width: 4 }, cifar(10));
    const shape = (name: string) => parameterSpecifications(model).find((tensor) => tensor.name === name)?.shape;
    expect(shape('conv1.weight')).toEqual([4, 3, 3, 3]);
    expect(shape('layer4.1.conv2.weight')).toEqual([32, 32, 3, 3]);
    expect(shape('linear.weight')).toEqual([10, 32]);
  });

  it('say which images they cannot take', () => {
    const small = { inputShape: [1, 28, 28], classes: 10 } as const;
    const large = { inputShape: [3, 64, 64], classes: 10 } as const;
    expect(() => modelOf({ kind: 'vgg11', width: 8 }, small)).toThrow('a 1x1 map cannot be pooled again');
    expect(() => modelOf({ kind: 'vgg16-bn', width: 8 }, large)).toThrow('for images of 64x64');
    expect(() => modelOf({ kind: 'resnet18', width: 8 }, small)).not.toThrow();
  });
});

describe('initialisation', () => {
  const deviation = (values: Float32Array): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

  it("of VGG-11: convolutions normal by fan out with biases 0, dense layers PyTorch's", () => {
    const tensors = initialTensors(parameterSpecifications(vgg11({ ...cifar(10), width: 16 })), 1);
    const filter = tensors['features.8.weight'] ?? new Float32Array();
    expect(deviation(filter) / Math.sqrt(2 / (9 * 64))).toBeCloseTo(1, 1);
    expect(Math.max(...filter)).toBeGreaterThan(3 * Math.sqrt(2 / (9 * 64)));
    expect(new Set(tensors['features.8.bias'])).toEqual(new Set([0]));
    const dense = tensors['classifier.0.weight'] ?? new Float32Array();
    expect(Math.max(...dense.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(128));
    expect(deviation(dense) * Math.sqrt(3 * 128)).toBeCloseTo(1, 1);
    expect(Math.max(...(tensors['classifier.0.bias'] ?? [0]))).toBeGreaterThan(0);
  });

  it("of VGG-16: torchvision's, dense layers N(0, 0.01^2) with biases 0", () => {
    const tensors = initialTensors(parameterSpecifications(modelOf({ kind: 'vgg16-bn', width: 4 }, cifar(10))), 1);
    expect(deviation(tensors['classifier.3.weight'] ?? new Float32Array())).toBeCloseTo(0.01, 3);
    expect(new Set(tensors['classifier.0.bias'])).toEqual(new Set([0]));
    expect(deviation(tensors['features.0.weight'] ?? new Float32Array()) / Math.sqrt(2 / (9 * 4))).toBeCloseTo(1, 0);
  });
});

describe('dropout', () => {
  const model: ModelDefinition = {
    inputShape: [2, 1, 1],
    classes: 2,
    layers: [{ type: 'flatten' }, { type: 'dropout', p: 0.5 }],
  };

  it('multiplies by the mask that is fed in training and does nothing in evaluation', () => {
    const builder = new GraphBuilder();
    const images = builder.input('images', [1, 2, 1, 1]);
    const training = forward(builder, model, { images, parameters: {}, buffers: {}, mode: 'train' });
    const evaluation = forward(builder, model, { images, parameters: {}, buffers: {}, mode: 'evaluation' });
    expect(training.masks).toMatchObject({ 'draw/dropout/0': { shape: [1, 2], law: { kind: 'dropout', rate: 0.5 } } });
    expect(evaluation.masks).toEqual({});
    const values = evaluateReference(builder, { images: [3, 4], 'draw/dropout/0': [2, 0] });
    expect([...(values[training.logits] ?? [])]).toEqual([6, 0]);
    expect([...(values[evaluation.logits] ?? [])]).toEqual([3, 4]);
  });
});

describe('a convolution of stride 2', () => {
  it('pads all four sides alike: its first output sees the padding, its last does not', () => {
    const model: ModelDefinition = {
      inputShape: [1, 4, 4],
      classes: 4,
      layers: [
        { type: 'conv2d', name: 'c', in: 1, out: 1, kernel: 3, stride: 2, padding: 1, bias: false },
        { type: 'flatten' },
      ],
    };
    const builder = new GraphBuilder();
    const images = builder.input('images', [1, 1, 4, 4]);
    const parameters = { 'c.weight': builder.input('w', [1, 1, 3, 3]) };
    const { logits } = forward(builder, model, { images, parameters, buffers: {}, mode: 'train' });
    const values = evaluateReference(builder, { images: Array<number>(16).fill(1), w: Array<number>(9).fill(1) });
    // Ones summed under the window: 4 in the padded corner, 9 in the inner one.
    expect([...(values[logits] ?? [])]).toEqual([4, 6, 6, 9]);
  });
});
