import type { GraphNode, NodeId, Operation, Shape } from './graph.ts';
import { elementCount } from './shapes.ts';

/** What the algebra of channels needs of the builder that it works for. */
export interface ChannelArithmetic {
  node(id: NodeId): GraphNode;
  add(left: NodeId, right: NodeId): NodeId;
  multiply(left: NodeId, right: NodeId): NodeId;
  scale(x: NodeId, factor: number): NodeId;
  channelSum(x: NodeId): NodeId;
  channelDot(left: NodeId, right: NodeId): NodeId;
  channelScale(x: NodeId, factors: NodeId): NodeId;
  channelShift(x: NodeId, offsets: NodeId): NodeId;
  channelBroadcast(x: NodeId, shape: Shape): NodeId;
}

/**
 * Algebra that moves work from images to vectors of one number a channel: batch norm's derivatives are full of it. Never
 * moves the centring of an image out of a product: the mean of squares less the square of the mean cancels.
 */
export function simplifyChannels(
  builder: ChannelArithmetic,
  operation: Operation,
  inputs: readonly NodeId[],
  shape: Shape,
): NodeId | undefined {
  const [first, second = first] = inputs;
  if (first === undefined || second === undefined) return undefined;
  const left = builder.node(first);
  const right = builder.node(second);
  switch (operation.kind) {
    case 'add':
      return addRepeated(builder, left, right) ?? addRepeated(builder, right, left);
    case 'multiply':
      return multiplyRepeated(builder, left, right) ?? multiplyRepeated(builder, right, left);
    case 'scale': {
      const [x, factors] = operandsOf(left, 'channelScale');
      if (x !== undefined && factors !== undefined)
        return builder.channelScale(x, builder.scale(factors, operation.factor));
      const [vector] = operandsOf(left, 'channelBroadcast');
      return vector === undefined
        ? undefined
        : builder.channelBroadcast(builder.scale(vector, operation.factor), shape);
    }
    case 'channelScale':
      return scaleScaled(builder, left, second, shape);
    case 'channelShift': {
      const [vector] = operandsOf(left, 'channelBroadcast');
      return vector === undefined ? undefined : builder.channelBroadcast(builder.add(vector, second), shape);
    }
    case 'channelSum':
      return sumOf(builder, left);
    case 'channelDot':
      return dotOf(builder, left, second) ?? dotOf(builder, right, first);
    default:
      return undefined;
  }
}

function addRepeated(builder: ChannelArithmetic, repeated: GraphNode, other: GraphNode): NodeId | undefined {
  const [vector] = operandsOf(repeated, 'channelBroadcast');
  return vector === undefined ? undefined : builder.channelShift(other.id, vector);
}

function multiplyRepeated(builder: ChannelArithmetic, repeated: GraphNode, other: GraphNode): NodeId | undefined {
  const [vector] = operandsOf(repeated, 'channelBroadcast');
  return vector === undefined ? undefined : builder.channelScale(other.id, vector);
}

function scaleScaled(builder: ChannelArithmetic, image: GraphNode, factors: NodeId, shape: Shape): NodeId | undefined {
  const [x, before] = operandsOf(image, 'channelScale');
  if (x !== undefined && before !== undefined) return builder.channelScale(x, builder.multiply(before, factors));
  const [vector] = operandsOf(image, 'channelBroadcast');
  if (vector !== undefined) return builder.channelBroadcast(builder.multiply(vector, factors), shape);
  const [unscaled, factor] = scaledOperand(image);
  return unscaled === undefined ? undefined : builder.channelScale(unscaled, builder.scale(factors, factor));
}

/** A channel's sum, where it follows from sums that are cheaper or there already. */
function sumOf(builder: ChannelArithmetic, image: GraphNode): NodeId | undefined {
  const [vector] = operandsOf(image, 'channelBroadcast');
  const count = elementCount(image.shape) / (image.shape[1] ?? 1);
  if (vector !== undefined) return builder.scale(vector, count);
  const [x, factors] = operandsOf(image, 'channelScale');
  if (x !== undefined && factors !== undefined) return builder.multiply(builder.channelSum(x), factors);
  const [unscaled, factor] = scaledOperand(image);
  if (unscaled !== undefined) return builder.scale(builder.channelSum(unscaled), factor);
  const [shifted, offsets] = operandsOf(image, 'channelShift');
  if (shifted !== undefined && offsets !== undefined && isScaled(builder, shifted)) {
    return builder.add(builder.channelSum(shifted), builder.scale(offsets, count));
  }
  const [left, right] = operandsOf(image, 'add');
  if (left === undefined || right === undefined || !isScaled(builder, left) || !isScaled(builder, right))
    return undefined;
  return builder.add(builder.channelSum(left), builder.channelSum(right));
}

function dotOf(builder: ChannelArithmetic, image: GraphNode, other: NodeId): NodeId | undefined {
  const [vector] = operandsOf(image, 'channelBroadcast');
  if (vector !== undefined) return builder.multiply(builder.channelSum(other), vector);
  const [unscaled, factor] = scaledOperand(image);
  if (unscaled !== undefined) return builder.scale(builder.channelDot(unscaled, other), factor);
  const [x, factors] = operandsOf(image, 'channelScale');
  return x === undefined || factors === undefined ? undefined : builder.multiply(builder.channelDot(x, other), factors);
}

/** Whether an image is a scaled image, or a sum of such: then its channel sums follow from others. */
function isScaled(builder: ChannelArithmetic, id: NodeId): boolean {
  const { operation, inputs } = builder.node(id);
  return (
    operation.kind === 'channelScale' || (operation.kind === 'add' && inputs.every((input) => isScaled(builder, input)))
  );
}

/** x and the factor of factor * x. */
function scaledOperand({ operation, inputs }: GraphNode): readonly [NodeId | undefined, number] {
  return operation.kind === 'scale' ? [inputs[0], operation.factor] : [undefined, 1];
}

function operandsOf({ operation, inputs }: GraphNode, kind: Operation['kind']): readonly NodeId[] {
  return operation.kind === kind ? inputs : [];
}
