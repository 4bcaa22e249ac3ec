import { describe, expect, it } from 'vitest';
import type { ModelSpec } from '../../contracts/run-spec.ts';
import { netOf, task } from './net-fixture.ts';
import { recogniseModel } from './recognise-model.ts';

describe('a model', () => {
  it.each<ModelSpec>([
    { kind: 'resnet18', width: 2 },
    { kind: 'vgg11', width: 2 },
    { kind: 'vgg16-bn', width: 1 },
  ])('is recognised by names and shapes: $kind', (spec) => {
    expect(recogniseModel(netOf(spec).stateDict)).toEqual({
      ...{ model: spec, classes: task.classes, channels: task.inputShape[0], inputs: null, differences: [] },
    });
  });

  it('that takes every pixel says how many, not of how many channels', () => {
    const [channels, height, width] = task.inputShape;
    expect(recogniseModel(netOf({ kind: 'mlp', widths: [4, 3] }).stateDict)).toEqual({
      ...{ model: { kind: 'mlp', widths: [4, 3] }, classes: task.classes, channels: null },
      ...{ inputs: channels * height * width, differences: [] },
    });
  });

  it('is told with what does not fit it', () => {
    const { stateDict } = netOf({ kind: 'resnet18', width: 2 });
    const odd = new Map([...stateDict].filter(([name]) => name !== 'layer2.0.bn1.weight'));
    odd.set('head.weight', { type: 'F32', shape: [1], data: new Float32Array(1) });
    expect(recogniseModel(odd)?.differences).toEqual([
      'layer2.0.bn1.weight is missing',
      'head.weight is not in the model',
    ]);
  });

  it('is none of tensors that look like no model here, whatever they say', () => {
    expect(recogniseModel(new Map())).toBeNull();
    expect(recogniseModel(new Map([['__proto__', { type: 'F32', shape: [2, 2] }]]))).toBeNull();
    const huge = { type: 'F32', shape: [2 ** 40, 3] } as const;
    expect(recogniseModel(new Map([['layers.0.weight', huge]]))).toBeNull();
    const scalar = { type: 'F32', shape: [] } as const;
    const shapeless = ['layer1.0.conv1.weight', 'conv1.weight', 'linear.weight'].map((name) => [name, scalar] as const);
    expect(recogniseModel(new Map(shapeless))).toBeNull();
  });
});
