import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import type { NodeId, Shape } from './graph.ts';
import { evaluateReference } from './reference.ts';
import { gradient } from './reverse.ts';

/** An operation under test: builds its value from inputs of the given shapes. */
interface Case {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly build: (builder: GraphBuilder, inputs: readonly NodeId[]) => NodeId;
}

const image: Shape = [2, 3, 5, 4];
const cases: readonly Case[] = [
  {
    name: 'add',
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: (g, [a = 0, b = 0]) => g.add(a, b),
  },
  {
    name: 'subtract',
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: (g, [a = 0, b = 0]) => g.subtract(a, b),
  },
  {
    name: 'multiply',
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: (g, [a = 0, b = 0]) => g.multiply(a, b),
  },
  { name: 'multiply by itself', shapes: [[2, 3]], build: (g, [a = 0]) => g.multiply(a, a) },
  { name: 'exponential', shapes: [[4]], build: (g, [a = 0]) => g.exponential(a) },
  { name: 'logarithm', shapes: [[4]], build: (g, [a = 0]) => g.logarithm(a) },
  { name: 'reciprocal', shapes: [[4]], build: (g, [a = 0]) => g.reciprocal(a) },
  { name: 'reciprocalSquareRoot', shapes: [[4]], build: (g, [a = 0]) => g.reciprocalSquareRoot(a) },
  { name: 'squareRoot', shapes: [[4]], build: (g, [a = 0]) => g.squareRoot(a) },
  { name: 'scale', shapes: [[4]], build: (g, [a = 0]) => g.scale(a, -1.7) },
  { name: 'offset', shapes: [[4]], build: (g, [a = 0]) => g.offset(a, 0.3) },
  { name: 'relu', shapes: [[6]], build: (g, [a = 0]) => g.relu(g.offset(a, -1)) },
  { name: 'multiplyScalar', shapes: [[], [2, 3]], build: (g, [a = 0, b = 0]) => g.multiplyScalar(a, b) },
  ...[false, true].flatMap((left) =>
    [false, true].map((right): Case => ({
      name: `matrixMultiply ${String(left)} ${String(right)}`,
      shapes: [left ? [4, 2] : [2, 4], right ? [3, 4] : [4, 3]],
      build: (g, [a = 0, b = 0]) => g.matrixMultiply(a, b, left, right),
    })),
  ),
  { name: 'reshape', shapes: [[2, 6]], build: (g, [a = 0]) => g.reshape(a, [3, 4]) },
  { name: 'sum', shapes: [[2, 3, 4]], build: (g, [a = 0]) => g.sum(a, [0, 2]) },
  { name: 'broadcast', shapes: [[3]], build: (g, [a = 0]) => g.broadcast(a, [2, 3, 4], [0, 2]) },
  { name: 'channelSum', shapes: [image], build: (g, [a = 0]) => g.channelSum(a) },
  { name: 'channelDot', shapes: [image, image], build: (g, [a = 0, b = 0]) => g.channelDot(a, b) },
  { name: 'channelScale', shapes: [image, [3]], build: (g, [a = 0, b = 0]) => g.channelScale(a, b) },
  { name: 'channelShift of a matrix', shapes: [[2, 3], [3]], build: (g, [a = 0, b = 0]) => g.channelShift(a, b) },
  { name: 'channelBroadcast', shapes: [[3]], build: (g, [a = 0]) => g.channelBroadcast(a, image) },
  {
    name: 'convolution',
    shapes: [image, [2, 3, 3, 3]],
    build: (g, [a = 0, b = 0]) => g.convolution(a, b, 1, 1),
  },
  {
    name: 'convolution, stride 2',
    shapes: [image, [2, 3, 3, 3]],
    build: (g, [a = 0, b = 0]) => g.convolution(a, b, 2, 1),
  },
  {
    name: 'convolutionInputGradient, stride 2',
    shapes: [
      [2, 2, 3, 2],
      [2, 3, 3, 3],
    ],
    build: (g, [a = 0, b = 0]) => g.convolutionInputGradient(a, b, 2, 1, image),
  },
  {
    name: 'convolutionFilterGradient, stride 2',
    shapes: [image, [2, 2, 3, 2]],
    build: (g, [a = 0, b = 0]) => g.convolutionFilterGradient(a, b, 2, 1, [2, 3, 3, 3]),
  },
  { name: 'maximumPool', shapes: [image], build: (g, [a = 0]) => g.maximumPool(a, 2) },
  {
    name: 'maximumPoolScatter',
    shapes: [image, [2, 3, 2, 2]],
    build: (g, [a = 0, b = 0]) => g.maximumPoolScatter(a, b, 2),
  },
  {
    name: 'maximumPoolGather',
    shapes: [image, image],
    build: (g, [a = 0, b = 0]) => g.maximumPoolGather(a, b, 2),
  },
];

/** Distinct numbers in [0.5, 2], far enough from each other that a step of 1e-5 crosses no kink. */
function values(length: number, offset: number): Float64Array {
  return Float64Array.from({ length }, (_, index) => 0.5 + 1.5 * (((index + 1 + offset) * 0.618033988749895) % 1));
}

/**
 * Largest difference, relative to the largest entry, between the gradient of a scalar of the graph and central
 * differences of that scalar, over all inputs.
 */
function worstError(
  builder: GraphBuilder,
  scalar: NodeId,
  inputs: readonly NodeId[],
  names: readonly string[],
): number {
  const gradients = gradient(builder, scalar, inputs);
  const feeds = Object.fromEntries(
    inputs.map((id, index) => [
      names[index] ?? '',
      values(
        builder.shape(id).reduce((p, l) => p * l, 1),
        index * 31,
      ),
    ]),
  );
  const analytic = evaluateReference(builder, feeds);
  const height = 1e-5;
  let worst = 0;
  let greatest = 1e-12;
  for (const [index, name] of names.entries()) {
    const base = feeds[name] ?? new Float64Array();
    for (const [element, value] of base.entries()) {
      const shifted = (amount: number): number =>
        evaluateReference(builder, { ...feeds, [name]: base.with(element, value + amount) })[scalar]?.[0] ?? Number.NaN;
      const numeric = (shifted(height) - shifted(-height)) / (2 * height);
      const exact = analytic[gradients[index] ?? -1]?.[element] ?? Number.NaN;
      greatest = Math.max(greatest, Math.abs(exact));
      worst = Math.max(worst, Math.abs(numeric - exact));
      if (Number.isNaN(numeric - exact)) return Number.NaN;
    }
  }
  return worst / greatest;
}

describe('the derivative rule of each operation', () => {
  for (const { name, shapes, build } of cases) {
    const prepare = () => {
      const builder = new GraphBuilder();
      const names = shapes.map((_, index) => `x${String(index)}`);
      const inputs = shapes.map((shape, index) => builder.input(names[index] ?? '', shape));
      const y = build(builder, inputs);
      // A sum of cubes keeps every entry's adjoint different and the second derivative alive.
      const scalar = builder.total(builder.multiply(y, builder.multiply(y, y)));
      return { builder, names, inputs, scalar };
    };

    it(`${name}: first derivatives equal central differences`, () => {
      const { builder, names, inputs, scalar } = prepare();
      expect(worstError(builder, scalar, inputs, names)).toBeLessThan(1e-7);
    });

    it(`${name}: the gradient of the squared gradient norm equals central differences`, () => {
      const { builder, names, inputs, scalar } = prepare();
      const norm = builder.squaredNorm(gradient(builder, scalar, inputs));
      expect(worstError(builder, norm, inputs, names)).toBeLessThan(1e-7);
    });
  }
});

describe('gradient', () => {
  it('is zero where the scalar does not depend on a node', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2]);
    const other = builder.input('other', [3]);
    const [dX = -1, dOther = -1] = gradient(builder, builder.total(builder.multiply(x, x)), [x, other]);
    const computed = evaluateReference(builder, { x: [3, 4], other: [1, 1, 1] });
    expect(computed[dX]).toEqual(Float64Array.of(6, 8));
    expect(computed[dOther]).toEqual(Float64Array.of(0, 0, 0));
  });

  it('refuses a tensor', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2]);
    expect(() => gradient(builder, x, [x])).toThrow(/only a scalar has a gradient/);
  });

  it('gives kinks and ties to the first maximum', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, 2, 2]);
    const [dX = -1] = gradient(builder, builder.total(builder.maximumPool(x, 2)), [x]);
    expect(evaluateReference(builder, { x: [1, 5, 5, 5] })[dX]).toEqual(Float64Array.of(0, 1, 0, 0));
  });
});
