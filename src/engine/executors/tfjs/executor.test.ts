import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import type { NodeId } from '../../graph/graph.ts';
import { finishFunction } from '../../graph/program.ts';
import { evaluateReference } from '../../graph/reference.ts';
import { elementCount } from '../../graph/shapes.ts';
import { openTfjsExecutor } from './executor.ts';

const numbers = (length: number, offset: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => (((index + offset) * 0.618033988749895) % 1) * 2 - 0.8);

/** One node of every operation, on small tensors with repeated values where ties matter. */
function everyOperation(builder: GraphBuilder): Record<string, NodeId> {
  const a = builder.input('a', [3, 4]);
  const b = builder.input('b', [3, 4]);
  const positive = builder.offset(builder.multiply(a, a), 0.5);
  const scalar = builder.input('scalar', []);
  const image = builder.input('image', [2, 3, 5, 4]);
  const other = builder.input('other', [2, 3, 5, 4]);
  const filter = builder.input('filter', [2, 3, 3, 3]);
  const channels = builder.input('channels', [3]);
  const pooled = builder.input('pooled', [2, 3, 2, 2]);
  const convolved = builder.convolution(image, filter, 2, 1);
  const ties = builder.positive(image);
  return {
    add: builder.add(a, b),
    subtract: builder.subtract(a, b),
    multiply: builder.multiply(a, b),
    exponential: builder.exponential(a),
    logarithm: builder.logarithm(positive),
    reciprocal: builder.reciprocal(positive),
    reciprocalSquareRoot: builder.reciprocalSquareRoot(positive),
    squareRoot: builder.squareRoot(positive),
    scale: builder.scale(a, -2.5),
    relu: builder.relu(a),
    multiplyScalar: builder.multiplyScalar(scalar, a),
    matrixMultiply: builder.matrixMultiply(a, b, true, false),
    matrixMultiplyTransposed: builder.matrixMultiply(a, b, false, true),
    reshape: builder.reshape(a, [2, 6]),
    sum: builder.sum(image, [0, 2]),
    broadcast: builder.broadcast(channels, [2, 3, 5], [0, 2]),
    rowMaximum: builder.rowMaximum(a),
    rowArgumentMaximum: builder.rowArgumentMaximum(builder.positive(a)),
    channelSum: builder.channelSum(image),
    channelDot: builder.channelDot(image, other),
    channelScale: builder.channelScale(image, channels),
    channelShift: builder.channelShift(image, channels),
    channelBroadcast: builder.channelBroadcast(channels, [2, 3, 5, 4]),
    convolution: builder.convolution(image, filter, 1, 1),
    stridedConvolution: convolved,
    convolutionInputGradient: builder.convolutionInputGradient(convolved, filter, 2, 1, [2, 3, 5, 4]),
    convolutionFilterGradient: builder.convolutionFilterGradient(image, convolved, 2, 1, [2, 3, 3, 3]),
    maximumPool: builder.maximumPool(image, 2),
    maximumPoolScatter: builder.maximumPoolScatter(ties, pooled, 2),
    maximumPoolGather: builder.maximumPoolGather(ties, other, 2),
  };
}

describe('the tfjs interpreter', () => {
  it('computes every operation as the float64 reference does, ties included', async () => {
    const builder = new GraphBuilder();
    const fetches = everyOperation(builder);
    const inputs = builder.nodes.flatMap(({ id, operation }) =>
      operation.kind === 'input' ? [[operation.name, id] as const] : [],
    );
    const definition = finishFunction(builder, { feeds: Object.fromEntries(inputs), reads: {}, fetches, updates: {} });
    const feeds = Object.fromEntries(inputs.map(([name, id]) => [name, numbers(elementCount(builder.shape(id)), id)]));

    const executor = await openTfjsExecutor();
    const session = await executor.load({ state: {}, functions: { all: definition } });
    const computed = await session.run('all', feeds);
    const expected = evaluateReference(definition.graph, feeds);
    for (const [name, id] of Object.entries(definition.fetches)) {
      const reference = expected[id] ?? new Float64Array();
      expect(computed[name], name).toHaveLength(reference.length);
      for (const [index, value] of reference.entries()) expect(computed[name]?.[index], name).toBeCloseTo(value, 4);
    }
    await session.dispose();
  });

  it('keeps state between calls, reads it before any update, and frees every other tensor', async () => {
    const builder = new GraphBuilder();
    const first = builder.input('first', [2]);
    const second = builder.input('second', [2]);
    const amount = builder.input('amount', [2]);
    const swap = finishFunction(builder, {
      feeds: { amount },
      reads: { first, second },
      fetches: { sum: builder.add(first, second) },
      updates: { first: second, second: builder.add(first, amount) },
    });
    const executor = await openTfjsExecutor();
    const session = await executor.load({ state: { first: [2], second: [2] }, functions: { swap } });
    await session.write('first', Float32Array.of(1, 2));
    const before = tf.memory().numTensors;
    expect(await session.run('swap', { amount: Float32Array.of(10, 10) })).toEqual({ sum: Float32Array.of(1, 2) });
    await session.run('swap', { amount: Float32Array.of(10, 10) });
    expect(tf.memory().numTensors).toBe(before);
    expect(await session.read('first')).toEqual(Float32Array.of(11, 12));
    expect(await session.read('second')).toEqual(Float32Array.of(10, 10));
    await session.dispose();
  });

  it('names a feed of the wrong size and an unknown function', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [2]);
    const double = finishFunction(builder, {
      feeds: { x },
      reads: {},
      fetches: { y: builder.scale(x, 2) },
      updates: {},
    });
    const executor = await openTfjsExecutor();
    const session = await executor.load({ state: {}, functions: { double } });
    await expect(session.run('double', { x: new Float32Array(3) })).rejects.toThrow('feed x has 3 numbers');
    await expect(session.run('triple', {})).rejects.toThrow('the program has no function triple');
    await session.dispose();
  });
});
