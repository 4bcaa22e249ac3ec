import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { evaluateReference } from '../graph/reference.ts';
import { elementCount } from '../graph/shapes.ts';
import { initialTensors } from '../training/initialise.ts';
import { convnet, mlp } from './architectures.ts';
import { forward } from './forward.ts';
import { parameterSpecifications, type ModelDefinition } from './model.ts';

const fashion = { inputShape: [1, 14, 14], classes: 10 } as const;
const count = (model: ModelDefinition): number =>
  parameterSpecifications(model).reduce((sum, { shape }) => sum + elementCount(shape), 0);

describe('architectures', () => {
  it('have the parameters that arithmetic says', () => {
    // 8*9+8, 8*8*9+8, 16*8*9+16, 16*16*9+16, and 16*3*3*10+10 after 14 -> 7 -> 3.
    const widths = [8, 8, 'pool', 16, 16, 'pool'] as const;
    expect(count(convnet({ ...fashion, widths, batchNorm: false }))).toBe(80 + 584 + 1168 + 2320 + 1450);
    expect(count(convnet({ ...fashion, widths, batchNorm: true }))).toBe(5602 + 2 * (8 + 8 + 16 + 16));
    expect(count(mlp({ ...fashion, widths: [64, 32] }))).toBe(196 * 64 + 64 + 64 * 32 + 32 + 320 + 10);
  });

  it('order a batch-norm block as convolution, batch norm, ReLU and name it by position', () => {
    const { layers } = convnet({ ...fashion, widths: [4, 'pool'], batchNorm: true });
    expect(layers.map((layer) => ('name' in layer ? `${layer.type} ${layer.name}` : layer.type))).toEqual([
      'conv2d features.0',
      'batchnorm2d features.1',
      'relu',
      'maxpool2d',
      'flatten',
      'linear classifier',
    ]);
  });

  it('refuse to pool what is too small', () => {
    const widths = ['pool', 'pool', 'pool', 'pool'] as const;
    expect(() => convnet({ ...fashion, widths, batchNorm: false })).toThrow('a 1x1 map cannot be pooled again');
  });
});

describe('initialisation', () => {
  it("is PyTorch's: uniform within 1/sqrt(fan in), variance 1/(3 fan in), batch norm 1 and 0", () => {
    const model = convnet({ ...fashion, widths: [32, 64], batchNorm: true });
    const tensors = initialTensors(parameterSpecifications(model), 1);
    const weight = tensors['features.3.weight'] ?? new Float32Array();
    const fanIn = 32 * 9;
    expect(weight).toHaveLength(64 * fanIn);
    expect(Math.max(...weight.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(fanIn));
    const variance = weight.reduce((sum, value) => sum + value ** 2, 0) / weight.length;
    expect(variance * 3 * fanIn).toBeCloseTo(1, 1);
    const bias = tensors['features.3.bias'] ?? new Float32Array();
    expect(Math.max(...bias.map(Math.abs))).toBeGreaterThan(0.5 / Math.sqrt(fanIn));
    expect(Math.max(...bias.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(fanIn));
    expect(new Set(tensors['features.1.weight'])).toEqual(new Set([1]));
    expect(new Set(tensors['features.1.bias'])).toEqual(new Set([0]));
  });
});

describe('batch norm', () => {
  const layer = { type: 'batchnorm2d', name: 'bn', features: 1, eps: 1e-5, momentum: 0.1 } as const;
  const model: ModelDefinition = { inputShape: [1, 1, 2], classes: 2, layers: [layer, { type: 'flatten' }] };

  function run(mode: 'train' | 'evaluation', values: number[]) {
    const builder = new GraphBuilder();
    const images = builder.input('images', [values.length / 2, 1, 1, 2]);
    const parameters = { 'bn.weight': builder.input('weight', [1]), 'bn.bias': builder.input('bias', [1]) };
    const buffers = { 'bn.running_mean': builder.input('mean', [1]), 'bn.running_var': builder.input('variance', [1]) };
    const pass = forward(builder, model, { images, parameters, buffers, mode });
    const computed = evaluateReference(builder, { images: values, weight: [2], bias: [3], mean: [10], variance: [4] });
    return {
      logits: [...(computed[pass.logits] ?? [])],
      mean: computed[pass.buffers['bn.running_mean'] ?? -1]?.[0],
      variance: computed[pass.buffers['bn.running_var'] ?? -1]?.[0],
    };
  }

  it('normalises with the biased variance and moves the running one to the unbiased', () => {
    // Values 1, 2, 3, 6: mean 3, biased variance 3.5, unbiased 14/3.
    const { logits, mean, variance } = run('train', [1, 2, 3, 6]);
    expect(logits[3]).toBeCloseTo(3 + (2 * 3) / Math.sqrt(3.5 + 1e-5), 10);
    expect(mean).toBeCloseTo(0.9 * 10 + 0.1 * 3, 10);
    expect(variance).toBeCloseTo(0.9 * 4 + (0.1 * 14) / 3, 10);
  });

  it('uses the running statistics in evaluation mode and leaves them alone', () => {
    const { logits, mean, variance } = run('evaluation', [1, 2, 3, 6]);
    expect(logits[0]).toBeCloseTo(3 + (2 * (1 - 10)) / Math.sqrt(4 + 1e-5), 10);
    expect([mean, variance]).toEqual([10, 4]);
  });

  it('says that one value a channel has no variance', () => {
    const single: ModelDefinition = { ...model, inputShape: [1, 1, 1] };
    const builder = new GraphBuilder();
    const tensors = { 'bn.weight': builder.fill(1, [1]), 'bn.bias': builder.fill(0, [1]) };
    const buffers = { 'bn.running_mean': builder.fill(0, [1]), 'bn.running_var': builder.fill(1, [1]) };
    const images = builder.input('images', [1, 1, 1, 1]);
    const pass = () => forward(builder, single, { images, parameters: tensors, buffers, mode: 'train' });
    expect(pass).toThrow('batch norm bn sees one value a channel');
  });
});
