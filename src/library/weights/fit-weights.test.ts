import { describe, expect, it } from 'vitest';
import type { ModelSpec } from '../../contracts/run-spec.ts';
import { fitWeights } from './fit-weights.ts';
import { netOf, task } from './net-fixture.ts';
import type { NamedTensors } from './net-weights.ts';

const convnet: ModelSpec = { kind: 'convnet', widths: [2, 'pool', 3], batchNorm: true };

describe('weights that fit a model', () => {
  it.each<ModelSpec>([
    convnet,
    { kind: 'mlp', widths: [4] },
    { kind: 'resnet18', width: 2 },
    { kind: 'vgg11', width: 2 },
  ])('become its parameters and running statistics: $kind', (spec) => {
    const { values, stateDict } = netOf(spec);
    const { parameters, buffers } = fitWeights(spec, task, stateDict, 'w');
    expect({ ...parameters, ...buffers }).toEqual(values);
  });

  it("may have VGG-16's first dense layer in either form", () => {
    const spec: ModelSpec = { kind: 'vgg16-bn', width: 1 };
    const { values, stateDict } = netOf(spec);
    const name = 'classifier.0.weight';
    const [out = 0, columns = 0] = stateDict.get(name)?.shape ?? [];
    const reduced = { type: 'F32', shape: [out, columns / 49], data: values[name] ?? new Float32Array() } as const;
    for (const form of [stateDict, new Map([...stateDict, [name, reduced]])]) {
      const { parameters, buffers } = fitWeights(spec, task, form, 'w');
      expect({ ...parameters, ...buffers }).toEqual(values);
    }
  });
});

describe('weights of another model', () => {
  const refusal = (spec: ModelSpec, tensors: NamedTensors): unknown => {
    try {
      return fitWeights(spec, task, tensors, 'w');
    } catch (error) {
      return error;
    }
  };

  it('are refused with the first tensors that differ', () => {
    const wider: ModelSpec = { ...convnet, widths: [2, 'pool', 4] };
    const found = refusal(convnet, netOf(wider).stateDict);
    expect(found).toMatchObject({ code: 'weights/other-model' });
    expect(String(found)).toMatch(/\S+ has the shape \[4, 2, 3, 3\], not \[3, 2, 3, 3\]; .*; and \d+ more/);
  });

  it('are refused where a tensor is missing, left over or of another type', () => {
    const spec: ModelSpec = { kind: 'mlp', widths: [] };
    const { stateDict } = netOf(spec);
    const [first = ''] = stateDict.keys();
    const without = new Map([...stateDict].slice(1));
    const beside = new Map([...stateDict, ['extra', { type: 'F32', shape: [1], data: Float32Array.of(1) } as const]]);
    const shape = stateDict.get(first)?.shape ?? [];
    const doubles = new Map([
      ...stateDict,
      [first, { type: 'F64', shape, data: Float64Array.from(stateDict.get(first)?.data ?? [], Number) } as const],
    ]);
    expect(String(refusal(spec, without))).toContain(`${first} is missing`);
    expect(String(refusal(spec, beside))).toContain('extra is not in the model');
    expect(String(refusal(spec, doubles))).toContain(`${first} is of type F64, not F32`);
  });

  it('are refused where only VGG-16 would repeat each feature', () => {
    const spec: ModelSpec = { kind: 'vgg11', width: 1 };
    const { stateDict } = netOf(spec);
    const [name = '', tensor] =
      [...stateDict].find(([each]) => each.startsWith('classifier.') && each.endsWith('weight')) ?? [];
    const [out = 0, channels = 0] = tensor?.shape ?? [];
    const data = new Float32Array(out * channels * 49);
    const wide = new Map([...stateDict, [name, { type: 'F32', shape: [out, channels * 49], data } as const]]);
    expect(String(refusal(spec, wide))).toContain(`${name} has the shape`);
  });
});
