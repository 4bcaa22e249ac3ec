import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import type { NodeId, Shape } from '../../graph/graph.ts';
import { finishFunction } from '../../graph/program.ts';
import { evaluateReference } from '../../graph/reference.ts';
import { elementCount } from '../../graph/shapes.ts';
import { findBlock } from './block-probe.ts';
import { OnnxSession } from './session.ts';

type Build = (builder: GraphBuilder, input: (shape: Shape) => NodeId) => NodeId;

/** Runs the graph of `build` on onnxruntime and in float64 on the same numbers, and compares every element. */
async function expectReference(
  build: Build,
  numbers: (index: number) => number = wave,
  blockLength?: number,
): Promise<void> {
  const builder = new GraphBuilder();
  const feeds: Record<string, NodeId> = {};
  const data: Record<string, Float32Array> = {};
  const result = build(builder, (shape) => {
    const name = `input ${String(Object.keys(feeds).length)}`;
    const offset = 1000 * Object.keys(feeds).length;
    data[name] = Float32Array.from({ length: elementCount(shape) }, (_, index) => numbers(offset + index));
    const id = builder.input(name, shape);
    feeds[name] = id;
    return id;
  });
  const functions = { call: finishFunction(builder, { feeds, reads: {}, fetches: { result }, updates: {} }) };
  const session = await OnnxSession.load({ state: {}, functions }, { threads: 1, block: blockLength });
  const { result: actual = new Float32Array() } = await session.run('call', data);
  await session.dispose();
  const expected = evaluateReference({ nodes: builder.nodes }, data)[result] ?? new Float64Array();
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? Number.NaN))));
  expect(worst / scale).toBeLessThan(1e-5);
}

/** Numbers of both signs without a pattern that a wrong index could reproduce. */
function wave(index: number): number {
  return Math.sin(index * 12.9898 + 1) * 1.5;
}

function positiveWave(index: number): number {
  return 0.3 + Math.abs(wave(index));
}

/** Few distinct values, so windows and rows are full of equal maxima. */
function ties(index: number): number {
  return Math.round(wave(index));
}

describe('elementwise operations', () => {
  const matrix: Shape = [3, 5];
  it.each<[string, Build]>([
    ['add', (b, input) => b.add(input(matrix), input(matrix))],
    ['subtract', (b, input) => b.subtract(input(matrix), input(matrix))],
    ['multiply', (b, input) => b.multiply(input(matrix), input(matrix))],
    ['negate', (b, input) => b.negate(input(matrix))],
    ['exponential', (b, input) => b.exponential(input(matrix))],
    ['scale', (b, input) => b.scale(input(matrix), -0.3)],
    ['offset', (b, input) => b.offset(input(matrix), 1.25)],
    ['relu', (b, input) => b.relu(input(matrix))],
    ['positive', (b, input) => b.positive(input(matrix))],
    ['multiplyScalar', (b, input) => b.multiplyScalar(input([]), input([2, 3, 4, 5]))],
    ['a fetched fill', (b) => b.fill(0.5, matrix)],
    ['a fetched input', (_, input) => input(matrix)],
  ])('%s', (_, build) => expectReference(build));

  it.each<[string, Build]>([
    ['logarithm', (b, input) => b.logarithm(input(matrix))],
    ['reciprocal', (b, input) => b.reciprocal(input(matrix))],
    ['reciprocalSquareRoot', (b, input) => b.reciprocalSquareRoot(input(matrix))],
    ['squareRoot', (b, input) => b.squareRoot(input(matrix))],
  ])('%s of positive numbers', (_, build) => expectReference(build, positiveWave));

  it('positive is 0 at zero', () => expectReference((b, input) => b.positive(input([40])), ties));
});

describe('matrices and shapes', () => {
  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('matrixMultiply, transposed left %s and right %s', (left, right) =>
    expectReference((b, input) =>
      b.matrixMultiply(input(left ? [4, 3] : [3, 4]), input(right ? [5, 4] : [4, 5]), left, right),
    ),
  );

  it.each<[string, Build]>([
    ['reshape', (b, input) => b.reshape(input([2, 6]), [3, 2, 2])],
    ['reshape to rank 0', (b, input) => b.reshape(input([1, 1]), [])],
    ['sum over the first axis', (b, input) => b.sum(input([2, 3, 4]), [0])],
    ['sum over outer axes', (b, input) => b.sum(input([2, 3, 4]), [0, 2])],
    ['sum of everything', (b, input) => b.total(input([2, 3, 4]))],
    ['broadcast of a scalar', (b, input) => b.broadcast(input([]), [2, 3], [0, 1])],
    ['broadcast along outer axes', (b, input) => b.broadcast(input([3]), [2, 3, 4], [0, 2])],
    ['rowMaximum', (b, input) => b.rowMaximum(input([6, 4]))],
    ['rowArgumentMaximum', (b, input) => b.rowArgumentMaximum(input([6, 4]))],
  ])('%s', (_, build) => expectReference(build));

  it('rowArgumentMaximum takes the first among equals', () =>
    expectReference((b, input) => b.rowArgumentMaximum(input([12, 5])), ties));

  it('counts repeated elements when it sums a broadcast', () =>
    expectReference((b, input) => b.sum(b.broadcast(input([3]), [2, 3, 4], [0, 2]), [1, 2])));

  it('multiplies a broadcast by a full tensor', () =>
    expectReference((b, input) => b.multiply(b.broadcast(input([2, 4]), [2, 3, 4], [1]), input([2, 3, 4]))));

  it('gives a broadcast as a matrix operand and in a new shape', () =>
    expectReference((b, input) => {
      const repeated = b.broadcast(input([4]), [3, 4], [0]);
      return b.matrixMultiply(repeated, b.reshape(repeated, [4, 3]));
    }));
});

describe.each<[string, Shape]>([
  ['images', [2, 3, 4, 5]],
  ['rows', [4, 3]],
])('channels of %s', (_, shape) => {
  it.each<[string, Build]>([
    ['channelSum', (b, input) => b.channelSum(input(shape))],
    ['channelDot', (b, input) => b.channelDot(input(shape), input(shape))],
    ['channelScale', (b, input) => b.channelScale(input(shape), input([3]))],
    ['channelShift', (b, input) => b.channelShift(input(shape), input([3]))],
    ['channelBroadcast', (b, input) => b.channelBroadcast(input([3]), shape)],
    ['channelSum of a channelBroadcast', (b, input) => b.channelSum(b.channelBroadcast(input([3]), shape))],
    [
      'channelDot with a channelBroadcast',
      (b, input) => b.channelDot(input(shape), b.channelBroadcast(input([3]), shape)),
    ],
  ])('%s', (__, build) => expectReference(build));
});

const placements = [
  { kernel: 3, stride: 1, padding: 1 },
  { kernel: 3, stride: 1, padding: 0 },
  { kernel: 3, stride: 2, padding: 1 },
  { kernel: 3, stride: 2, padding: 0 },
  { kernel: 1, stride: 1, padding: 0 },
  { kernel: 1, stride: 2, padding: 0 },
  { kernel: 1, stride: 1, padding: 1 },
];

/** Below, at and above one block of channels and examples, whole blocks and broken ones. */
const sizes = [
  { examples: 2, channelsIn: 3, channelsOut: 5, height: 6, width: 6 },
  { examples: 2, channelsIn: 3, channelsOut: 5, height: 7, width: 4 },
  { examples: 1, channelsIn: 1, channelsOut: 8, height: 5, width: 5 },
  { examples: 16, channelsIn: 16, channelsOut: 16, height: 4, width: 6 },
  { examples: 25, channelsIn: 18, channelsOut: 33, height: 5, width: 4 },
];

const lowerings: [string, number | undefined][] = [['standard', undefined]];
const block = await findBlock();
// Processors without the blocked kernels have nothing more to compare.
if (block !== undefined) lowerings.push([`blocked by ${String(block)}`, block]);

describe.each(lowerings)('convolution in %s operators', (_, blockLength) => {
  describe.each(placements)('$kernel x $kernel, stride $stride, padding $padding', ({ kernel, stride, padding }) => {
    it.each(sizes)('$examples images of $channelsIn x $height x $width to $channelsOut channels', async (size) => {
      const side = (length: number): number => Math.floor((length + 2 * padding - kernel) / stride) + 1;
      const filter: Shape = [size.channelsOut, size.channelsIn, kernel, kernel];
      const image: Shape = [size.examples, size.channelsIn, size.height, size.width];
      const result: Shape = [size.examples, size.channelsOut, side(size.height), side(size.width)];
      const same = (build: Build): Promise<void> => expectReference(build, wave, blockLength);
      await same((b, input) => b.convolution(input(image), input(filter), stride, padding));
      await same((b, input) => b.convolutionInputGradient(input(result), input(filter), stride, padding, image));
      await same((b, input) => b.convolutionFilterGradient(input(image), input(result), stride, padding, filter));
    });
  });

  it('feeds one convolution with the result of another, and both with what is between', () =>
    expectReference(
      (b, input) => {
        const first = b.convolution(input([3, 2, 5, 5]), input([20, 2, 3, 3]), 1, 1);
        const second = b.convolution(first, input([6, 20, 3, 3]), 1, 1);
        return b.add(b.convolution(b.relu(first), input([6, 20, 1, 1]), 1, 0), second);
      },
      wave,
      blockLength,
    ));
});

describe.each<[number, Shape, Shape]>([
  [2, [2, 3, 6, 4], [2, 3, 3, 2]],
  [2, [2, 3, 7, 5], [2, 3, 3, 2]],
  [3, [2, 2, 6, 7], [2, 2, 2, 2]],
])('maximum pooling with window %i of %j', (window, image, pooled) => {
  it.each([
    ['distinct numbers', wave],
    ['many ties', ties],
  ])('with %s', async (_, numbers) => {
    await expectReference((b, input) => b.maximumPool(input(image), window), numbers);
    await expectReference((b, input) => b.maximumPoolScatter(input(image), input(pooled), window), numbers);
    await expectReference((b, input) => b.maximumPoolGather(input(image), input(image), window), numbers);
    await expectReference((b, input) => {
      const x = input(image);
      return b.maximumPoolScatter(x, b.maximumPool(x, window), window);
    }, numbers);
  });
});
