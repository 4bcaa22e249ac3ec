import * as tf from '@tensorflow/tfjs-core';
import type { GraphNode, Operation, Shape } from '../../graph/graph.ts';
import { pooledShape } from '../../graph/shapes.ts';

/**
 * The value of one node from the tensors of its operands, with forward kernels only. Convolutions run
 * unpadded on NHWC images and HWIO filters; pooling is built from argMax over windows, whose first-maximum rule all
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
      // The flags of matMul are far slower than transposing first.
      return tf.matMul(operation.transposeLeft ? tf.transpose(a) : a, operation.transposeRight ? tf.transpose(b) : b);
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

interface Placement {
  readonly stride: number;
  readonly padding: number;
}

/**
 * All three operations of a convolution are forward convolutions here: the kernels for the gradients are slow or missing
 * in the backends of tfjs.
 */
function convolve(x: tf.Tensor, filter: tf.Tensor, { stride, padding }: Placement): tf.Tensor {
  const image = extended(toChannelsLast(x), [padding, padding, padding, padding]);
  return toChannelsFirst(validConvolution(image, toFilter(filter), stride, 1));
}

/** dY with its elements `stride` apart and margins around it, convolved with the turned filter. */
function convolveToInput(
  dY: tf.Tensor,
  filter: tf.Tensor,
  { stride, padding, inputShape }: Extract<Operation, { kind: 'convolutionInputGradient' }>,
): tf.Tensor {
  const [out = 0, channels = 0, kernelHeight = 0, kernelWidth = 0] = filter.shape;
  const spread = spreadOut(toChannelsLast(dY), stride);
  const before = [kernelHeight - 1 - padding, kernelWidth - 1 - padding] as const;
  const after = before.map(
    (margin, axis) =>
      (inputShape[axis + 2] ?? 0) +
      ([kernelHeight, kernelWidth][axis] ?? 0) -
      1 -
      (spread.shape[axis + 1] ?? 0) -
      margin,
  );
  const taps = kernelHeight * kernelWidth;
  const rows = tf.reshape(tf.transpose(filter, [2, 3, 0, 1]), [taps, out * channels]);
  const backwards = tf.gather(rows, tf.tensor1d([...Array(taps).keys()].reverse(), 'int32'));
  const turned = tf.reshape(backwards, [kernelHeight, kernelWidth, out, channels]);
  const image = extended(spread, [before[0], after[0] ?? 0, before[1], after[1] ?? 0]);
  return toChannelsFirst(validConvolution(image, turned, 1, 1));
}

/** Examples and channels exchanged: dY is the filter, and the stride becomes dilation. */
function convolveToFilter(
  x: tf.Tensor,
  dY: tf.Tensor,
  { stride, padding, filterShape }: Extract<Operation, { kind: 'convolutionFilterGradient' }>,
): tf.Tensor {
  const [out = 0, channels = 0, height = 0, width = 0] = filterShape;
  const image = extended(tf.transpose(x, [1, 2, 3, 0]), [padding, padding, padding, padding]);
  const filter = validConvolution(image, tf.transpose(dY, [2, 3, 0, 1]), 1, stride);
  // The stride can leave rows and columns over that no tap reaches.
  return tf.transpose(tf.slice(filter, [0, 0, 0, 0], [channels, height, width, out]), [3, 0, 1, 2]);
}

/** [N, H, W, C] with [kh, kw, C, out], without padding. */
function validConvolution(image: tf.Tensor, filter: tf.Tensor, strides: number, dilations: number): tf.Tensor {
  const attributes = { strides, pad: 'valid', dataFormat: 'NHWC', dilations };
  const result: tf.Tensor | tf.Tensor[] = tf.engine().runKernel('Conv2D', { x: image, filter }, attributes);
  const [first] = Array.isArray(result) ? result : [result];
  if (first === undefined) throw new Error('kernel Conv2D returned nothing');
  return first;
}

/** [N, H, W, C] with zeros between the rows and columns: elements `stride` apart. */
function spreadOut(image: tf.Tensor, stride: number): tf.Tensor {
  if (stride === 1) return image;
  const [examples = 0, height = 0, width = 0, channels = 0] = image.shape;
  const spread = (rows: number, length: number): tf.Tensor =>
    tf.pad(tf.reshape(wide, [rows, length]), [
      [0, 0],
      [0, (stride - 1) * length],
    ]);
  let wide = image;
  wide = spread(examples * height * width, channels);
  wide = spread(examples * height, width * stride * channels);
  const whole = tf.reshape(wide, [examples, height * stride, width * stride, channels]);
  return tf.slice(whole, [0, 0, 0, 0], [examples, (height - 1) * stride + 1, (width - 1) * stride + 1, channels]);
}

/** [N, H, W, C] with zeros above, below, left and right; a negative margin is cut away. */
function extended(image: tf.Tensor, [above, below, left, right]: readonly [number, number, number, number]): tf.Tensor {
  const [examples = 0, height = 0, width = 0, channels = 0] = image.shape;
  const cut = (margin: number): number => Math.max(0, -margin);
  const kept = tf.slice(
    image,
    [0, cut(above), cut(left), 0],
    [examples, height - cut(above) - cut(below), width - cut(left) - cut(right), channels],
  );
  return tf.pad(kept, [
    [0, 0],
    [Math.max(0, above), Math.max(0, below)],
    [Math.max(0, left), Math.max(0, right)],
    [0, 0],
  ]);
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
