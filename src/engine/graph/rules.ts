import type { GraphBuilder } from './builder.ts';
import type { GraphNode, NodeId, Operation } from './graph.ts';

/** The variant of `Operation` that has this kind. */
type OperationOf<Kind extends Operation['kind']> = Operation extends infer Variant
  ? Variant extends Operation
    ? Kind extends Variant['kind']
      ? Variant
      : never
    : never
  : never;

export interface RuleContext<Kind extends Operation['kind']> {
  readonly builder: GraphBuilder;
  readonly operation: OperationOf<Kind>;
  /** The node's own value. */
  readonly y: NodeId;
  /** First and second operand; equal for operations of one operand. */
  readonly a: NodeId;
  readonly b: NodeId;
  /** Adjoint of the node: derivative of the final scalar by y, of y's shape. */
  readonly dY: NodeId;
}

/** Adjoint contributions to the operands, in order; undefined = the derivative is zero. */
type Rule<Kind extends Operation['kind']> = (context: RuleContext<Kind>) => readonly (NodeId | undefined)[];

/**
 * Reverse mode, one rule an operation, each written with operations of the same set. The line above a rule states the
 * value: y from the operands a, b. Bilinear triples (product, matrices, convolutions, channels, pooling) map into
 * themselves, which is what makes second and higher derivatives exact.
 */
export const rules: { readonly [Kind in Operation['kind']]: Rule<Kind> } = {
  input: () => [],
  fill: () => [],

  // y = a + b
  add: ({ dY }) => [dY, dY],
  // y = a - b
  subtract: ({ builder, dY }) => [dY, builder.negate(dY)],
  // y = a * b
  multiply: ({ builder, a, b, dY }) => [builder.multiply(dY, b), builder.multiply(dY, a)],
  // y = -a
  negate: ({ builder, dY }) => [builder.negate(dY)],
  // y = e^a
  exponential: ({ builder, y, dY }) => [builder.multiply(dY, y)],
  // y = ln a
  logarithm: ({ builder, a, dY }) => [builder.multiply(dY, builder.reciprocal(a))],
  // y = 1 / a, dy/da = -y^2
  reciprocal: ({ builder, y, dY }) => [builder.negate(builder.multiply(dY, builder.multiply(y, y)))],
  // y = a^(-1/2), dy/da = -y^3 / 2
  reciprocalSquareRoot: ({ builder, y, dY }) => [
    builder.scale(builder.multiply(dY, builder.multiply(y, builder.multiply(y, y))), -0.5),
  ],
  // y = a^(1/2), dy/da = 1 / (2 y)
  squareRoot: ({ builder, y, dY }) => [builder.scale(builder.multiply(dY, builder.reciprocal(y)), 0.5)],
  // y = factor * a
  scale: ({ builder, operation, dY }) => [builder.scale(dY, operation.factor)],
  // y = a + value
  offset: ({ dY }) => [dY],
  // y = max(a, 0), which is positive where a is: a itself need not be kept
  relu: ({ builder, y, dY }) => [builder.multiply(dY, builder.positive(y))],
  // y = 1 where a > 0, else 0
  positive: () => [undefined],
  // y = a[] * b
  multiplyScalar: ({ builder, a, b, dY }) => [builder.total(builder.multiply(dY, b)), builder.multiplyScalar(a, dY)],

  // y = op(a) op(b), op = transposition where flagged
  matrixMultiply: ({ builder, operation: { transposeLeft, transposeRight }, a, b, dY }) => [
    transposeLeft
      ? builder.matrixMultiply(b, dY, transposeRight, true)
      : builder.matrixMultiply(dY, b, false, !transposeRight),
    transposeRight
      ? builder.matrixMultiply(dY, a, true, transposeLeft)
      : builder.matrixMultiply(a, dY, !transposeLeft, false),
  ],
  // y = a in another shape
  reshape: ({ builder, a, dY }) => [builder.reshape(dY, builder.shape(a))],
  // y = sum of a over axes
  sum: ({ builder, operation, a, dY }) => [builder.broadcast(dY, builder.shape(a), operation.axes)],
  // y = a repeated along axes
  broadcast: ({ builder, operation, dY }) => [builder.sum(dY, operation.axes)],
  // Piecewise constant, or used only where the result does not depend on it (graph.ts).
  rowMaximum: () => [undefined],
  rowArgumentMaximum: () => [undefined],

  // y[c] = sum of a[., c, ...]
  channelSum: ({ builder, a, dY }) => [builder.channelBroadcast(dY, builder.shape(a))],
  // y[c] = sum of a * b over channel c
  channelDot: ({ builder, a, b, dY }) => [builder.channelScale(b, dY), builder.channelScale(a, dY)],
  // y = a * b[c]
  channelScale: ({ builder, a, b, dY }) => [builder.channelScale(dY, b), builder.channelDot(dY, a)],
  // y = a + b[c]
  channelShift: ({ builder, dY }) => [dY, builder.channelSum(dY)],
  // y[., c, ...] = a[c]
  channelBroadcast: ({ builder, dY }) => [builder.channelSum(dY)],

  // y = a (x) b: image a, filter b
  convolution: ({ builder, operation: { stride, padding }, a, b, dY }) => [
    builder.convolutionInputGradient(dY, b, stride, padding, builder.shape(a)),
    builder.convolutionFilterGradient(a, dY, stride, padding, builder.shape(b)),
  ],
  // <y, x> = <a, x (x) b> for every image x: linear in the output adjoint a and in the filter b
  convolutionInputGradient: ({ builder, operation: { stride, padding }, a, b, dY }) => [
    builder.convolution(dY, b, stride, padding),
    builder.convolutionFilterGradient(dY, a, stride, padding, builder.shape(b)),
  ],
  // <y, w> = <b, a (x) w> for every filter w: linear in the image a and in the output adjoint b
  convolutionFilterGradient: ({ builder, operation: { stride, padding }, a, b, dY }) => [
    builder.convolutionInputGradient(b, dY, stride, padding, builder.shape(a)),
    builder.convolution(a, dY, stride, padding),
  ],

  // y = a at the first maximum of each window
  maximumPool: ({ builder, operation, a, dY }) => [builder.maximumPoolScatter(a, dY, operation.window)],
  // y = b put at the maxima of a, zero elsewhere
  maximumPoolScatter: ({ builder, operation, a, dY }) => [
    undefined,
    builder.maximumPoolGather(a, dY, operation.window),
  ],
  // y = b taken at the maxima of a
  maximumPoolGather: ({ builder, operation, a, dY }) => [
    undefined,
    builder.maximumPoolScatter(a, dY, operation.window),
  ],
};

/** Adjoint contributions of `node` to its operands, given its own adjoint. */
export function adjoints(builder: GraphBuilder, node: GraphNode, dY: NodeId): readonly (NodeId | undefined)[] {
  const [a = node.id, b = a] = node.inputs;
  // The table pairs every kind with the rule for that very variant; the compiler cannot follow the pairing through an index.
  const rule: Rule<Operation['kind']> = rules[node.operation.kind];
  return rule({ builder, operation: node.operation, y: node.id, a, b, dY });
}
