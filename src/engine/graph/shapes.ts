import { MicrobatchError } from '../../contracts/errors.ts';
import type { Operation, Shape } from './graph.ts';

/** Number of elements of a tensor; 1 for rank 0. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function sameShape(left: Shape, right: Shape): boolean {
  return left.length === right.length && left.every((length, axis) => length === right[axis]);
}

/** Side of the output of a convolution: floor((side + 2 padding - kernel) / stride) + 1. */
export function convolvedSide(side: number, kernel: number, stride: number, padding: number): number {
  return Math.floor((side + 2 * padding - kernel) / stride) + 1;
}

/** Shape of [N, C, H, W] after max pooling: incomplete windows are dropped. */
export function pooledShape(shape: Shape, window: number): Shape {
  const [examples = 0, channels = 0, height = 0, width = 0] = shape;
  return [examples, channels, Math.floor(height / window), Math.floor(width / window)];
}

/**
 * Shape of the result of an operation on operands of the given shapes; every rule about operands is here.
 * Throws `graph/shape-mismatch` naming the operation and the shapes. Inputs carry their own shape and are not asked here.
 */
export function inferShape(
  operation: Exclude<Operation, { kind: 'input' | 'fill' }>,
  operands: readonly Shape[],
): Shape {
  const refuse = (expected: string): never => {
    throw new MicrobatchError({
      code: 'graph/shape-mismatch',
      message: `${operation.kind} cannot take operands of shape ${operands.map(describeShape).join(' and ')}`,
      expected,
    });
  };
  const require = (fits: boolean, expected: string): void => {
    if (!fits) refuse(expected);
  };
  const operandCount = twoOperands.has(operation.kind) ? 2 : 1;
  require(operands.length === operandCount, `${String(operandCount)} operands`);
  const first = operands[0] ?? [];
  const second = operands[1] ?? [];

  switch (operation.kind) {
    case 'add':
    case 'subtract':
    case 'multiply':
      require(sameShape(first, second), 'two equal shapes');
      return first;
    case 'negate':
    case 'exponential':
    case 'logarithm':
    case 'reciprocal':
    case 'reciprocalSquareRoot':
    case 'squareRoot':
    case 'scale':
    case 'offset':
    case 'relu':
    case 'positive':
      return first;
    case 'multiplyScalar':
      require(first.length === 0, 'a rank-0 factor, then any tensor');
      return second;
    case 'matrixMultiply': {
      require(first.length === 2 && second.length === 2, 'two matrices');
      const [rows, inner] = operation.transposeLeft ? [first[1], first[0]] : first;
      const [innerRight, columns] = operation.transposeRight ? [second[1], second[0]] : second;
      require(inner === innerRight, '[m, k] and [k, n] after transposition');
      return [rows ?? 0, columns ?? 0];
    }
    case 'reshape':
      require(elementCount(first) ===
        elementCount(operation.shape), `as many elements as ${describeShape(operation.shape)}`);
      return operation.shape;
    case 'sum':
      require(validAxes(operation.axes, first.length), 'ascending axes of the operand');
      return withoutAxes(first, operation.axes);
    case 'broadcast':
      require(validAxes(operation.axes, operation.shape.length) &&
        sameShape(
          first,
          withoutAxes(operation.shape, operation.axes),
        ), `${describeShape(operation.shape)} without axes ${operation.axes.join(', ')}`);
      return operation.shape;
    case 'rowMaximum':
      require(first.length === 2, 'a matrix');
      return [first[0] ?? 0];
    case 'rowArgumentMaximum':
      require(first.length === 2, 'a matrix');
      return first;
    case 'channelSum':
      require(hasChannels(first), channelForm);
      return [first[1] ?? 0];
    case 'channelDot':
      require(hasChannels(first) && sameShape(first, second), `two equal shapes ${channelForm}`);
      return [first[1] ?? 0];
    case 'channelScale':
    case 'channelShift':
      require(hasChannels(first) && sameShape(second, [first[1] ?? 0]), `${channelForm}, then [C]`);
      return first;
    case 'channelBroadcast':
      require(hasChannels(operation.shape) &&
        sameShape(first, [operation.shape[1] ?? 0]), `the channels of ${describeShape(operation.shape)}`);
      return operation.shape;
    case 'convolution': {
      const shape = convolutionShape(first, second, operation.stride, operation.padding);
      return shape ?? refuse('[N, C, H, W] and a filter [out, C, kh, kw] that fits into the padded image');
    }
    case 'convolutionInputGradient': {
      const shape = convolutionShape(operation.inputShape, second, operation.stride, operation.padding);
      require(shape !== undefined &&
        sameShape(
          shape,
          first,
        ), `the output of a convolution of ${describeShape(operation.inputShape)}, then its filter`);
      return operation.inputShape;
    }
    case 'convolutionFilterGradient': {
      const shape = convolutionShape(first, operation.filterShape, operation.stride, operation.padding);
      require(shape !== undefined &&
        sameShape(
          shape,
          second,
        ), `an input and the output of its convolution with ${describeShape(operation.filterShape)}`);
      return operation.filterShape;
    }
    case 'maximumPool':
      require(poolFits(first, operation.window), `[N, C, H, W] with sides of at least ${String(operation.window)}`);
      return pooledShape(first, operation.window);
    case 'maximumPoolScatter':
      require(poolFits(first, operation.window) &&
        sameShape(second, pooledShape(first, operation.window)), 'an image and a tensor of its pooled shape');
      return first;
    case 'maximumPoolGather':
      require(poolFits(first, operation.window) && sameShape(first, second), 'two images of equal shape');
      return pooledShape(first, operation.window);
  }
}

export function describeShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

const channelForm = '[N, C, H, W] or [N, C]';

const twoOperands: ReadonlySet<Operation['kind']> = new Set<Operation['kind']>([
  'add',
  'subtract',
  'multiply',
  'multiplyScalar',
  'matrixMultiply',
  'channelDot',
  'channelScale',
  'channelShift',
  'convolution',
  'convolutionInputGradient',
  'convolutionFilterGradient',
  'maximumPoolScatter',
  'maximumPoolGather',
]);

function hasChannels(shape: Shape): boolean {
  return shape.length === 2 || shape.length === 4;
}

function validAxes(axes: readonly number[], rank: number): boolean {
  return axes.every((axis, index) => axis >= 0 && axis < rank && (index === 0 || axis > (axes[index - 1] ?? rank)));
}

function withoutAxes(shape: Shape, axes: readonly number[]): Shape {
  return shape.filter((_, axis) => !axes.includes(axis));
}

function poolFits(shape: Shape, window: number): boolean {
  return shape.length === 4 && (shape[2] ?? 0) >= window && (shape[3] ?? 0) >= window;
}

function convolutionShape(image: Shape, filter: Shape, stride: number, padding: number): Shape | undefined {
  if (image.length !== 4 || filter.length !== 4 || image[1] !== filter[1]) return undefined;
  const [examples = 0, , height = 0, width = 0] = image;
  const [channels = 0, , kernelHeight = 0, kernelWidth = 0] = filter;
  const outputHeight = convolvedSide(height, kernelHeight, stride, padding);
  const outputWidth = convolvedSide(width, kernelWidth, stride, padding);
  return outputHeight < 1 || outputWidth < 1 ? undefined : [examples, channels, outputHeight, outputWidth];
}
