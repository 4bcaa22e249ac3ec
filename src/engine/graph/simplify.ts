import type { NodeId, Operation, Shape } from './graph.ts';
import { sameShape } from './shapes.ts';
import { simplifyChannels } from './simplify-channels.ts';
import type { ChannelArithmetic } from './simplify-channels.ts';

/** What simplification needs of the builder that it works for. */
interface Arithmetic extends ChannelArithmetic {
  fill(value: number, shape: Shape): NodeId;
  negate(x: NodeId): NodeId;
  reshape(x: NodeId, shape: Shape): NodeId;
}

/**
 * Cheap exact algebra, applied while a graph is built: the result of an operation as an existing node or a smaller
 * one, or undefined where the operation must stay. Reverse mode leans on it: adjoints start as ones and many are zero.
 */
export function simplify(
  builder: Arithmetic,
  operation: Operation,
  inputs: readonly NodeId[],
  shape: Shape,
): NodeId | undefined {
  return simplifyConstants(builder, operation, inputs, shape) ?? simplifyChannels(builder, operation, inputs, shape);
}

function simplifyConstants(
  builder: Arithmetic,
  operation: Operation,
  inputs: readonly NodeId[],
  shape: Shape,
): NodeId | undefined {
  const [first, second] = inputs;
  if (first === undefined) return undefined;
  const left = constantOf(builder, first);
  const right = second === undefined ? undefined : constantOf(builder, second);

  if (vanishes(operation, left, right)) return builder.fill(0, shape);

  switch (operation.kind) {
    case 'add':
      if (second === undefined) return undefined;
      if (left === 0) return second;
      if (right === 0) return first;
      return first === second ? builder.scale(first, 2) : undefined;
    case 'subtract':
      if (second === undefined) return undefined;
      if (right === 0) return first;
      return left === 0 ? builder.negate(second) : undefined;
    case 'multiply':
      if (second === undefined) return undefined;
      if (left !== undefined) return builder.scale(second, left);
      return right === undefined ? undefined : builder.scale(first, right);
    case 'multiplyScalar':
      return left === undefined || second === undefined ? undefined : builder.scale(second, left);
    case 'negate':
      return builder.scale(first, -1);
    case 'scale':
      return simplifyScale(builder, first, operation.factor, left, shape);
    case 'offset':
      if (operation.value === 0) return first;
      return left === undefined ? undefined : builder.fill(left + operation.value, shape);
    case 'reshape': {
      if (sameShape(builder.node(first).shape, shape)) return first;
      if (left !== undefined) return builder.fill(left, shape);
      const inner = builder.node(first);
      const source = inner.inputs[0];
      return inner.operation.kind === 'reshape' && source !== undefined ? builder.reshape(source, shape) : undefined;
    }
    case 'sum':
      return operation.axes.length === 0 ? first : undefined;
    case 'broadcast':
      if (operation.axes.length === 0) return first;
      return left === undefined ? undefined : builder.fill(left, shape);
    case 'channelBroadcast':
      return left === undefined ? undefined : builder.fill(left, shape);
    case 'channelScale':
      return right === undefined ? undefined : builder.scale(first, right);
    case 'channelShift':
      if (right === 0) return first;
      return left === 0 && second !== undefined ? builder.channelBroadcast(second, shape) : undefined;
    default:
      return undefined;
  }
}

/** One factor instead of two; a factor of 1 disappears. Constants are folded in double precision. */
function simplifyScale(
  builder: Arithmetic,
  x: NodeId,
  factor: number,
  constant: number | undefined,
  shape: Shape,
): NodeId | undefined {
  if (factor === 1) return x;
  if (factor === 0) return builder.fill(0, shape);
  if (constant !== undefined) return builder.fill(constant * factor, shape);
  const inner = builder.node(x);
  const source = inner.inputs[0];
  return inner.operation.kind === 'scale' && source !== undefined
    ? builder.scale(source, inner.operation.factor * factor)
    : undefined;
}

/** True where an operand that is zero everywhere makes the whole result zero. */
function vanishes(operation: Operation, left: number | undefined, right: number | undefined): boolean {
  switch (operation.kind) {
    case 'multiply':
    case 'multiplyScalar':
    case 'matrixMultiply':
    case 'channelDot':
    case 'channelScale':
    case 'convolution':
    case 'convolutionInputGradient':
    case 'convolutionFilterGradient':
      return left === 0 || right === 0;
    case 'sum':
    case 'channelSum':
    case 'relu':
      return left === 0;
    case 'maximumPoolScatter':
    case 'maximumPoolGather':
      return right === 0;
    default:
      return false;
  }
}

function constantOf(builder: Arithmetic, id: NodeId): number | undefined {
  const { operation } = builder.node(id);
  return operation.kind === 'fill' ? operation.value : undefined;
}
