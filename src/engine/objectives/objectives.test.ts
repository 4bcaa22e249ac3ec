import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { evaluateReference } from '../graph/reference.ts';
import { elementCount } from '../graph/shapes.ts';
import { methodOf } from '../methods/index.ts';
import { convnet } from '../models/architectures.ts';
import { parameterSpecifications, type ModelDefinition } from '../models/model.ts';
import { initialTensors } from '../training/initialise.ts';
import { microBatchGraph, type Differentiated } from '../training/micro-batch.ts';
import { crossEntropy } from './cross-entropy.ts';

const wave = (length: number, offset: number): number[] =>
  Array.from({ length }, (_, index) => Math.sin(1.7 * index + offset) + 0.3 * Math.cos(0.9 * index * index));

describe('cross-entropy', () => {
  const lossOf = (logits: number[]): number => {
    const builder = new GraphBuilder();
    const loss = crossEntropy(builder, builder.input('z', [2, 3]), builder.input('y', [2, 3]));
    return evaluateReference(builder, { z: logits, y: [1, 0, 0, 0, 0, 1] })[loss]?.[0] ?? Number.NaN;
  };

  it('is the mean of -ln p(label)', () => {
    const row = (z: number[], label: number): number =>
      Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - (z[label] ?? 0);
    expect(lossOf([1, 2, 3, 0.5, -1, 2])).toBeCloseTo((row([1, 2, 3], 0) + row([0.5, -1, 2], 2)) / 2, 12);
  });

  it('stays finite for logits that overflow the exponential', () => {
    expect(lossOf([1000, 0, -1000, 1000, 0, -1000])).toBeCloseTo(1000, 10);
  });
});

describe('the gradient-norm penalty of a linear model', () => {
  // Closed form: R = || mean_i (p_i - y_i) x_i^T ||^2 + || mean_i (p_i - y_i) ||^2.
  const model: ModelDefinition = {
    inputShape: [4, 1, 1],
    classes: 3,
    layers: [{ type: 'flatten' }, { type: 'linear', name: 'linear', in: 4, out: 3 }],
  };

  it('equals its closed form', () => {
    const graph = microBatchGraph(model, methodOf({ method: 'gradient-norm', lambda: 1 }), 2);
    const x = wave(8, 0);
    const weight = wave(12, 1);
    const bias = wave(3, 2);
    const labels = [0, 1, 0, 0, 0, 1];
    const computed = evaluateReference(graph.builder, {
      images: x,
      labels,
      'parameter/linear.weight': weight,
      'parameter/linear.bias': bias,
    });

    const residuals = [0, 1].map((example) => {
      const logits = [0, 1, 2].map((c) =>
        [0, 1, 2, 3].reduce((sum, i) => sum + (weight[c * 4 + i] ?? 0) * (x[example * 4 + i] ?? 0), bias[c] ?? 0),
      );
      const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
      return logits.map((z, c) => Math.exp(z) / total - (labels[example * 3 + c] ?? 0));
    });
    let expected = 0;
    for (const c of [0, 1, 2]) {
      const mean = (factor: (example: number) => number): number =>
        [0, 1].reduce((sum, example) => sum + (residuals[example]?.[c] ?? 0) * factor(example), 0) / 2;
      expected += mean(() => 1) ** 2;
      for (const i of [0, 1, 2, 3]) expected += mean((example) => x[example * 4 + i] ?? 0) ** 2;
    }
    expect(computed[graph.penalty?.value.value ?? -1]?.[0]).toBeCloseTo(expected, 12);
  });
});

describe('the gradients of a whole net with convolutions, batch norm, ReLU, pooling and soft-max', () => {
  const examples = 4;
  const model = convnet({ inputShape: [2, 5, 5], classes: 3, widths: [3, 'pool', 2], batchNorm: true });
  const graph = microBatchGraph(model, methodOf({ method: 'gradient-norm', lambda: 1 }), examples);
  const feeds: Record<string, ArrayLike<number>> = {
    images: wave(examples * 50, 0),
    labels: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0],
    ...Object.fromEntries(
      Object.entries(initialTensors(parameterSpecifications(model), 3)).map(([name, data]) => [
        `parameter/${name}`,
        data,
      ]),
    ),
  };

  /** Largest difference from central differences, relative to the largest entry, over all entries of all parameters. */
  function worstError({ value: scalar, gradients }: Differentiated): number {
    const exact = evaluateReference(graph.builder, { ...feeds, ...buffers });
    const height = 1e-6;
    let worst = 0;
    let greatest = 0;
    for (const [name, id] of Object.entries(gradients)) {
      const key = `parameter/${name}`;
      const base = Float64Array.from(feeds[key] ?? []);
      for (const [index, value] of base.entries()) {
        const at = (shift: number): number =>
          evaluateReference(graph.builder, { ...feeds, ...buffers, [key]: base.with(index, value + shift) })[
            scalar
          ]?.[0] ?? Number.NaN;
        const analytic = exact[id]?.[index] ?? Number.NaN;
        worst = Math.max(worst, Math.abs((at(height) - at(-height)) / (2 * height) - analytic));
        greatest = Math.max(greatest, Math.abs(analytic));
      }
    }
    return worst / greatest;
  }
  const buffers = Object.fromEntries(
    Object.entries(graph.buffers).map(([name, id]) => [
      `buffer/${name}`,
      new Float64Array(elementCount(graph.builder.shape(id))).fill(1),
    ]),
  );

  it('loss: equal central differences', () => {
    expect(worstError(graph.loss)).toBeLessThan(1e-6);
  });

  it('penalty, by double reverse mode: equal central differences', () => {
    const { penalty } = graph;
    expect(penalty).toBeDefined();
    if (penalty !== undefined) expect(worstError(penalty.value)).toBeLessThan(1e-6);
  });
});
