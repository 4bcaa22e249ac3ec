import * as tf from '@tensorflow/tfjs-core';
import type { GraphNode, Operation, Shape } from '../../graph/graph.ts';
import { pooledShape } from '../../graph/shapes.ts';

/**
 * The value of one node from the tensors of its operands, with forward kernels only. Convolutions pad explicitly and run
 * as 'valid' on NHWC images and HWIO filters; pooling is built from argMax over windows, whose first-maximum rule all
 * three pooling operations then share. Runs inside tf.tidy; never returns one of its operands.
 */
export function lower(node: GraphNode, operands: readonly tf.Tensor[]): tf.Tensor {
  const [a = tf.scalar(0), b = tf.scalar(0)] = operands;
  const { operation, shape } = node;
  switch (operation.kind) {
    case 'input':
      throw new Error(`input ${operation.name} has no lowering: the session holds its value`);
    case 'fill':
      return tf.fill([...shape], operation.value);
    case 'add':
      return tf.add(a, b);
    case 'subtract':
      return tf.sub(a, b);
    case 'multiply':
    case 'multiplyScalar':
      return tf.mul(a, b);
    case 'negate':
      return tf.neg(a);
    case 'exponential':
      return tf.exp(a);
    case 'logarithm':
      return tf.log(a);
    case 'reciprocal':
      return tf.reciprocal(a);
    case 'reciprocalSquareRoot':
      return tf.rsqrt(a);
    case 'squareRoot':
      return tf.sqrt(a);
    case 'scale':
      return tf.mul(a, operation.factor);
    case 'offset':
      return tf.add(a, operation.value);
    case 'relu':
      return tf.relu(a);
    case 'positive':
      return tf.cast(tf.greater(a, 0), 'float32');
    case 'matrixMultiply':
      return tf.matMul(a, b, operation.transposeLeft, operation.transposeRight);
    case 'reshape':
      return tf.reshape(a, [...operation.shape]);
    case 'sum':
      return tf.sum(a, [...operation.axes]);
    case 'broadcast':
      return repeat(a, shape, (axis) => !operation.axes.includes(axis));
    case 'rowMaximum':
      return tf.max(a, 1);
    case 'rowArgumentMaximum':
      return tf.cast(tf.oneHot(tf.cast(tf.argMax(a, 1), 'int32'), shape[1] ?? 0), 'float32');
    case 'channelSum':
      return tf.sum(a, otherAxes(a.shape));
    case 'channelDot':
      return tf.sum(tf.mul(a, b), otherAxes(a.shape));
    case 'channelScale':
      return tf.mul(a, alongChannels(b, shape));
    case 'channelShift':
      return tf.add(a, alongChannels(b, shape));
    case 'channelBroadcast':
      return repeat(a, shape, (axis) => axis === 1);
    case 'convolution':
      return convolve(a, b, operation);
    case 'convolutionInputGradient':
      return convolveToInput(a, b, operation);
    case 'convolutionFilterGradient':
      return convolveToFilter(a, b, operation);
    case 'maximumPool':
      return tf.reshape(tf.max(toWindows(a, operation.window), 1), [...shape]);
    case 'maximumPoolScatter': {
      const spread = tf.mul(firstMaxima(a, operation.window), tf.reshape(b, [-1, 1]));
      return fromWindows(spread, shape, operation.window);
    }
    case 'maximumPoolGather': {
      const taken = tf.mul(firstMaxima(a, operation.window), toWindows(b, operation.window));
      return tf.reshape(tf.sum(taken, 1), [...shape]);
    }
  }
}

function otherAxes(shape: Shape): number[] {
  return [...shape.keys()].filter((axis) => axis !== 1);
}

function alongChannels(vector: tf.Tensor, shape: Shape): tf.Tensor {
  return tf.reshape(
    vector,
    shape.map((length, axis) => (axis === 1 ? length : 1)),
  );
}

/** Repeats a tensor that has exactly the axes of `shape` for which `present` holds. */
function repeat(x: tf.Tensor, shape: Shape, present: (axis: number) => boolean): tf.Tensor {
  const thin = tf.reshape(
    x,
    shape.map((length, axis) => (present(axis) ? length : 1)),
  );
  return tf.tile(
    thin,
    shape.map((length, axis) => (present(axis) ? 1 : length)),
  );
}

type Convolution = Extract<Operation, { readonly stride: number }>;

/** Attributes of the three convolution kernels of tfjs for an image that is padded already. */
function validConvolution(stride: number) {
  return { strides: stride, pad: 'valid', dataFormat: 'NHWC' };
}

function convolve(x: tf.Tensor, filter: tf.Tensor, { stride, padding }: Convolution): tf.Tensor {
  const attributes = { ...validConvolution(stride), dilations: 1 };
  return toChannelsFirst(runKernel('Conv2D', { x: paddedImage(x, padding), filter: toFilter(filter) }, attributes));
}

function convolveToInput(
  dY: tf.Tensor,
  filter: tf.Tensor,
  { stride, padding, inputShape }: Extract<Operation, { kind: 'convolutionInputGradient' }>,
): tf.Tensor {
  const [examples = 0, channels = 0, height = 0, width = 0] = inputShape;
  const attributes = {
    ...validConvolution(stride),
    inputShape: [examples, height + 2 * padding, width + 2 * padding, channels],
  };
  const padded = runKernel('Conv2DBackpropInput', { dy: toChannelsLast(dY), filter: toFilter(filter) }, attributes);
  return toChannelsFirst(tf.slice(padded, [0, padding, padding, 0], [examples, height, width, channels]));
}

function convolveToFilter(
  x: tf.Tensor,
  dY: tf.Tensor,
  { stride, padding, filterShape }: Extract<Operation, { kind: 'convolutionFilterGradient' }>,
): tf.Tensor {
  const [out = 0, channels = 0, height = 0, width = 0] = filterShape;
  const attributes = { ...validConvolution(stride), filterShape: [height, width, channels, out] };
  const filter = runKernel('Conv2DBackpropFilter', { x: paddedImage(x, padding), dy: toChannelsLast(dY) }, attributes);
  return tf.transpose(filter, [3, 2, 0, 1]);
}

function runKernel(name: string, inputs: Record<string, tf.Tensor>, attributes: tf.NamedAttrMap): tf.Tensor {
  const result: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(name, inputs, attributes);
  const [first] = Array.isArray(result) ? result : [result];
  if (first === undefined) throw new Error(`kernel ${name} returned nothing`);
  return first;
}

function toChannelsLast(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [0, 2, 3, 1]);
}

function toChannelsFirst(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [0, 3, 1, 2]);
}

/** [out, in, kh, kw] -> [kh, kw, in, out] */
function toFilter(filter: tf.Tensor): tf.Tensor {
  return tf.transpose(filter, [2, 3, 1, 0]);
}

function paddedImage(x: tf.Tensor, padding: number): tf.Tensor {
  return tf.pad(toChannelsLast(x), [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ]);
}

/** [N, C, H, W] -> [windows, window * window], incomplete windows dropped. */
function toWindows(x: tf.Tensor, window: number): tf.Tensor {
  const [examples = 0, channels = 0, height = 0, width = 0] = pooledShape(x.shape, window);
  const complete = tf.slice(x, [0, 0, 0, 0], [examples, channels, height * window, width * window]);
  const split = tf.reshape(complete, [examples * channels, height, window, width, window]);
  return tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4]), [-1, window * window]);
}

/** The inverse of toWindows; what no complete window covers is zero. */
function fromWindows(windows: tf.Tensor, shape: Shape, window: number): tf.Tensor {
  const [examples = 0, channels = 0, height = 0, width = 0] = pooledShape(shape, window);
  const split = tf.reshape(windows, [examples * channels, height, width, window, window]);
  const complete = tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4]), [
    examples,
    channels,
    height * window,
    width * window,
  ]);
  return tf.pad(complete, [
    [0, 0],
    [0, 0],
    [0, (shape[2] ?? 0) - height * window],
    [0, (shape[3] ?? 0) - width * window],
  ]);
}

/** 1 at the first maximum of each window, as [windows, window * window]. */
function firstMaxima(x: tf.Tensor, window: number): tf.Tensor {
  const positions = tf.cast(tf.argMax(toWindows(x, window), 1), 'int32');
  return tf.cast(tf.oneHot(positions, window * window), 'float32');
}
