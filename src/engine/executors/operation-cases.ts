import { GraphBuilder } from '../graph/builder.ts';
import type { NodeId, Shape } from '../graph/graph.ts';
import { finishFunction } from '../graph/program.ts';
import { evaluateReference } from '../graph/reference.ts';
import { elementCount } from '../graph/shapes.ts';
import type { Program, Session } from './executor.ts';

/** Test data, no product code: small graphs on which every executor must agree with the float64 reference. */

export type Build = (builder: GraphBuilder, input: (shape: Shape) => NodeId) => NodeId;

export interface OperationCase {
  readonly name: string;
  readonly build: Build;
  /** The number at an index of the inputs; `wave` where not given. */
  readonly numbers?: (index: number) => number;
}

/** Runs a case on an executor and in float64; the greatest difference as a share of the greatest result, at least 1. */
export async function worstError(
  load: (program: Program) => Promise<Session>,
  { build, numbers = wave }: OperationCase,
): Promise<number> {
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
  const session = await load({ state: {}, functions });
  const { result: actual = new Float32Array() } = await session.run('call', data);
  await session.dispose();
  const expected = evaluateReference({ nodes: builder.nodes }, data)[result] ?? new Float64Array();
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const greatest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0);
  const errors = expected.map((value, index) => Math.abs(value - (actual[index] ?? Number.NaN)));
  return greatest(errors) / Math.max(1, greatest(expected.map(Math.abs)));
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

const matrix: Shape = [3, 5];

/** [name, graph] pairs as cases. */
function cases(pairs: readonly (readonly [string, Build])[], numbers = wave): OperationCase[] {
  return pairs.map(([name, build]) => ({ name, build, numbers }));
}

const elementwiseCases: readonly OperationCase[] = [
  ...cases([
    ['add', (b, input) => b.add(input(matrix), input(matrix))],
    ['subtract', (b, input) => b.subtract(input(matrix), input(matrix))],
    ['multiply', (b, input) => b.multiply(input(matrix), input(matrix))],
    ['negate', (b, input) => b.negate(input(matrix))],
    ['exponential', (b, input) => b.exponential(input(matrix))],
    ['scale', (b, input) => b.scale(input(matrix), -0.3)],
    ['offset', (b, input) => b.offset(input(matrix), 1.25)],
    ['relu', (b, input) => b.relu(input(matrix))],
    ['positive', (b, input) => b.positive(input(matrix))],
    ['a number behind the gate of a ReLU', (b, input) => b.multiply(input(matrix), b.positive(input(matrix)))],
    ['a repeated number behind a gate', (b, input) => b.multiply(b.positive(input(matrix)), repeatedRow(b, input))],
    ['multiplyScalar', (b, input) => b.multiplyScalar(input([]), input([2, 3, 4, 5]))],
    ['a fetched fill', (b) => b.fill(0.5, matrix)],
    ['a fetched input', (_, input) => input(matrix)],
  ]),
  ...cases(
    [
      ['logarithm of positive numbers', (b, input) => b.logarithm(input(matrix))],
      ['reciprocal of positive numbers', (b, input) => b.reciprocal(input(matrix))],
      ['reciprocalSquareRoot of positive numbers', (b, input) => b.reciprocalSquareRoot(input(matrix))],
      ['squareRoot of positive numbers', (b, input) => b.squareRoot(input(matrix))],
    ],
    positiveWave,
  ),
  { name: 'positive at zero', build: (b, input) => b.positive(input([40])), numbers: ties },
];

function repeatedRow(b: GraphBuilder, input: (shape: Shape) => NodeId): NodeId {
  return b.broadcast(input([5]), matrix, [0]);
}

const matrixCases: readonly OperationCase[] = [
  ...[false, true].flatMap((left) =>
    [false, true].map((right) => ({
      name: `matrixMultiply, transposed left ${String(left)} and right ${String(right)}`,
      build: (b: GraphBuilder, input: (shape: Shape) => NodeId) =>
        b.matrixMultiply(input(left ? [4, 3] : [3, 4]), input(right ? [5, 4] : [4, 5]), left, right),
    })),
  ),
  ...cases([
    ['reshape', (b, input) => b.reshape(input([2, 6]), [3, 2, 2])],
    ['reshape to rank 0', (b, input) => b.reshape(input([1, 1]), [])],
    [
      'an image flattened',
      (b, input) => b.reshape(b.convolution(input([2, 3, 4, 4]), input([5, 3, 3, 3]), 1, 1), [2, 80]),
    ],
    [
      'rows as an image',
      (b, input) => b.convolution(b.reshape(input([2, 48]), [2, 3, 4, 4]), input([5, 3, 3, 3]), 1, 1),
    ],
    ['sum over the first axis', (b, input) => b.sum(input([2, 3, 4]), [0])],
    ['sum over outer axes', (b, input) => b.sum(input([2, 3, 4]), [0, 2])],
    ['sum of everything', (b, input) => b.total(input([2, 3, 4]))],
    ['sum over the area of an image', (b, input) => b.sum(b.channelShift(input([2, 3, 4, 5]), input([3])), [2, 3])],
    ['sum over rows of an image', (b, input) => b.sum(b.channelShift(input([2, 3, 4, 5]), input([3])), [0, 3])],
    ['broadcast of a scalar', (b, input) => b.broadcast(input([]), [2, 3], [0, 1])],
    ['broadcast along outer axes', (b, input) => b.broadcast(input([3]), [2, 3, 4], [0, 2])],
    [
      'broadcast over the area of an image',
      (b, input) => b.channelScale(b.broadcast(input([2, 3]), [2, 3, 4, 5], [2, 3]), input([3])),
    ],
    ['rowMaximum', (b, input) => b.rowMaximum(input([6, 4]))],
    ['rowArgumentMaximum', (b, input) => b.rowArgumentMaximum(input([6, 4]))],
    [
      'sum of a broadcast, which counts repeated elements',
      (b, input) => b.sum(b.broadcast(input([3]), [2, 3, 4], [0, 2]), [1, 2]),
    ],
    [
      'a broadcast times a full tensor',
      (b, input) => b.multiply(b.broadcast(input([2, 4]), [2, 3, 4], [1]), input([2, 3, 4])),
    ],
    [
      'a broadcast as a matrix and in a new shape',
      (b, input) => {
        const repeated = b.broadcast(input([4]), [3, 4], [0]);
        return b.matrixMultiply(repeated, b.reshape(repeated, [4, 3]));
      },
    ],
  ]),
  {
    name: 'rowArgumentMaximum among equals',
    build: (b, input) => b.rowArgumentMaximum(input([12, 5])),
    numbers: ties,
  },
];

const channelCases: readonly OperationCase[] = [['images', [2, 3, 4, 5]] as const, ['rows', [4, 3]] as const].flatMap(
  ([name, shape]) =>
    cases([
      [`channelSum of ${name}`, (b, input) => b.channelSum(input(shape))],
      [`channelDot of ${name}`, (b, input) => b.channelDot(input(shape), input(shape))],
      [`channelScale of ${name}`, (b, input) => b.channelScale(input(shape), input([shape[1]]))],
      [`channelShift of ${name}`, (b, input) => b.channelShift(input(shape), input([shape[1]]))],
      [`channelBroadcast to ${name}`, (b, input) => b.channelBroadcast(input([shape[1]]), shape)],
      [
        `channelSum of a channelBroadcast to ${name}`,
        (b, input) => b.channelSum(b.channelBroadcast(input([shape[1]]), shape)),
      ],
      [
        `channelDot of ${name} with a channelBroadcast`,
        (b, input) => b.channelDot(input(shape), b.channelBroadcast(input([shape[1]]), shape)),
      ],
    ]),
);

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

/** Sixteen channels fill a block on every processor; what follows a convolution there can be computed with it. */
const image: Shape = [3, 16, 4, 6];
const sixteen: Shape = [16];

const fusedCases: readonly OperationCase[] = cases([
  ['a convolution, shifted and gated', (b, input) => b.relu(b.channelShift(convolved(b, input), input(sixteen)))],
  ['a convolution, added to and gated', (b, input) => b.relu(b.add(convolved(b, input), input(image)))],
  [
    'a convolution, added to, shifted and gated',
    (b, input) => b.relu(b.channelShift(b.add(input(image), convolved(b, input)), input(sixteen))),
  ],
  [
    'a convolution that is gated and also used without the gate',
    (b, input) => {
      const x = b.channelShift(convolved(b, input), input(sixteen));
      return b.add(b.relu(x), b.multiply(x, x));
    },
  ],
  [
    'an input gradient, added to',
    (b, input) => b.add(b.convolutionInputGradient(input(image), input([16, 16, 3, 3]), 1, 1, image), input(image)),
  ],
  [
    'an input gradient of stride 2, added to',
    (b, input) =>
      b.add(b.convolutionInputGradient(input([3, 16, 2, 3]), input([16, 16, 3, 3]), 2, 1, image), input(image)),
  ],
  [
    'channels scaled, shifted, added to and gated',
    (b, input) =>
      b.relu(b.add(b.channelShift(b.channelScale(input(image), input(sixteen)), input(sixteen)), input(image))),
  ],
  ['channels scaled with one number', (b, input) => b.channelScale(input(image), b.fill(0.5, sixteen))],
  [
    'an image shifted twice',
    (b, input) => b.channelShift(b.channelShift(input(image), input(sixteen)), input(sixteen)),
  ],
  [
    'the sum of two scaled images',
    (b, input) => b.add(b.channelScale(input(image), input(sixteen)), b.channelScale(input(image), input(sixteen))),
  ],
  ['the squared norm of a scaled image', (b, input) => b.squaredNorm([b.channelScale(input(image), input(sixteen))])],
  ['the squared norm of a number', (b) => b.total(b.multiply(b.fill(0.5, image), b.fill(0.5, image)))],
  [
    'the squared norm of a filter gradient with a broken block',
    (b, input) =>
      b.squaredNorm([b.convolutionFilterGradient(input([3, 2, 4, 4]), input([3, 5, 4, 4]), 1, 1, [5, 2, 3, 3])]),
  ],
  [
    'a filter gradient times a number and added to a filter',
    (b, input) =>
      b.add(
        b.multiplyScalar(input([]), b.convolutionFilterGradient(input(image), input(image), 1, 1, [16, 16, 3, 3])),
        input([16, 16, 3, 3]),
      ),
  ],
  [
    'the mean over maps, back on the maps',
    (b, input) => {
      const x = b.relu(b.channelShift(input(image), input(sixteen)));
      return b.multiply(b.broadcast(b.sum(x, [2, 3]), image, [2, 3]), x);
    },
  ],
  [
    'the gate of a convolution, and what passes it',
    (b, input) => b.multiply(input(image), b.positive(convolved(b, input))),
  ],
  ['flattened maps', (b, input) => b.reshape(b.channelShift(input(image), input(sixteen)), [3, 16 * 4 * 6])],
]);

function convolved(b: GraphBuilder, input: (shape: Shape) => NodeId): NodeId {
  return b.convolution(input([3, 20, 4, 6]), input([16, 20, 3, 3]), 1, 1);
}

const convolutionCases: readonly OperationCase[] = [
  ...placements.flatMap(({ kernel, stride, padding }) =>
    sizes.flatMap(({ examples, channelsIn, channelsOut, height, width }) => {
      const side = (length: number): number => Math.floor((length + 2 * padding - kernel) / stride) + 1;
      const filter: Shape = [channelsOut, channelsIn, kernel, kernel];
      const image: Shape = [examples, channelsIn, height, width];
      const result: Shape = [examples, channelsOut, side(height), side(width)];
      const where = `${String(kernel)}x${String(kernel)}, stride ${String(stride)}, padding ${String(padding)} of [${image.join(', ')}]`;
      return cases([
        [`convolution ${where}`, (b, input) => b.convolution(input(image), input(filter), stride, padding)],
        [
          `input gradient of convolution ${where}`,
          (b, input) => b.convolutionInputGradient(input(result), input(filter), stride, padding, image),
        ],
        [
          `filter gradient of convolution ${where}`,
          (b, input) => b.convolutionFilterGradient(input(image), input(result), stride, padding, filter),
        ],
      ]);
    }),
  ),
  // So many weights for so few pixels that a matrix product is faster.
  ...cases([
    [
      'convolution of tiny maps',
      (b, input) => b.relu(b.convolution(input([1, 64, 2, 2]), input([80, 64, 3, 3]), 1, 1)),
    ],
    [
      'input gradient of convolution of tiny maps',
      (b, input) => b.convolutionInputGradient(input([1, 80, 2, 2]), input([80, 64, 3, 3]), 1, 1, [1, 64, 2, 2]),
    ],
    [
      'filter gradient of convolution of tiny maps',
      (b, input) => b.convolutionFilterGradient(input([1, 64, 1, 1]), input([1, 80, 1, 1]), 1, 1, [80, 64, 3, 3]),
    ],
    [
      'sum of filter gradients of tiny maps',
      (b, input) => sumOfFilterGradients(b, input, { image: [1, 64, 1, 1], result: [1, 80, 1, 1] }),
    ],
    [
      'sum of gradients of a small filter over many examples',
      (b, input) => sumOfFilterGradients(b, input, { image: [18, 20, 4, 4], result: [18, 20, 4, 4] }),
    ],
    [
      'sum of gradients of a large filter over many examples',
      (b, input) => sumOfFilterGradients(b, input, { image: [18, 128, 2, 2], result: [18, 128, 2, 2] }),
    ],
    ['1x1 convolution of tiny maps', (b, input) => b.convolution(input([1, 64, 2, 2]), input([80, 64, 1, 1]), 1, 0)],
  ]),
  {
    name: 'one convolution fed with the result of another, and both with what is between',
    build: (b, input) => {
      const first = b.convolution(input([3, 2, 5, 5]), input([20, 2, 3, 3]), 1, 1);
      const second = b.convolution(first, input([6, 20, 3, 3]), 1, 1);
      return b.add(b.convolution(b.relu(first), input([6, 20, 1, 1]), 1, 0), second);
    },
  },
];

function sumOfFilterGradients(
  builder: GraphBuilder,
  input: (shape: Shape) => NodeId,
  { image, result }: { readonly image: Shape; readonly result: Shape },
): NodeId {
  const filter = [result[1] ?? 1, image[1] ?? 1, 3, 3];
  const gradient = (): NodeId => builder.convolutionFilterGradient(input(image), input(result), 1, 1, filter);
  return builder.add(gradient(), gradient());
}

const poolingCases: readonly OperationCase[] = [
  { window: 2, image: [2, 3, 6, 4], pooled: [2, 3, 3, 2] },
  { window: 2, image: [2, 3, 7, 5], pooled: [2, 3, 3, 2] },
  { window: 3, image: [2, 2, 6, 7], pooled: [2, 2, 2, 2] },
  { window: 2, image: [2, 32, 6, 4], pooled: [2, 32, 3, 2] },
].flatMap(({ window, image: unpooled, pooled }) =>
  [
    { kind: 'distinct numbers', numbers: wave },
    { kind: 'many ties', numbers: ties },
  ].flatMap(({ kind, numbers }) => {
    const where = `with window ${String(window)} of [${unpooled.join(', ')}], ${kind}`;
    return cases(
      [
        [`maximumPool ${where}`, (b, input) => b.maximumPool(input(unpooled), window)],
        [`maximumPoolScatter ${where}`, (b, input) => b.maximumPoolScatter(input(unpooled), input(pooled), window)],
        [`maximumPoolGather ${where}`, (b, input) => b.maximumPoolGather(input(unpooled), input(unpooled), window)],
        [
          `maximumPoolScatter of the maxima ${where}`,
          (b, input) => {
            const x = input(unpooled);
            return b.maximumPoolScatter(x, b.maximumPool(x, window), window);
          },
        ],
      ],
      numbers,
    );
  }),
);

export const operationCases: readonly OperationCase[] = [
  ...elementwiseCases,
  ...matrixCases,
  ...channelCases,
  ...convolutionCases,
  ...fusedCases,
  ...poolingCases,
];
