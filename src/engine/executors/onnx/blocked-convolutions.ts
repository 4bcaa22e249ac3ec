import type { Shape } from '../../graph/graph.ts';
import type { Placement } from './convolutions.ts';
import type { Attribute } from './model-proto.ts';
import type { Emitter, Value } from './emitter.ts';
import { blockedDomain } from './layouts.ts';
import type { Layouts } from './layouts.ts';

/** Shapes of a convolution in the engine's graph: image [N, in, H, W], filter [out, in, kh, kw], result [N, out, OH, OW]. */
export interface ConvolutionShapes {
  readonly image: Shape;
  readonly filter: Shape;
  readonly result: Shape;
}

/** What a convolution kernel adds to its result before it is written: result + bias[C] + sum, then ReLU. */
export interface Epilogue {
  /** One number a channel. */
  readonly bias?: Value | undefined;
  /** Blocked, of the result's shape. */
  readonly sum?: Value | undefined;
  readonly relu?: boolean | undefined;
}

/** Numbers of a filter from which on no partial sums of its gradient are kept. */
const largeFilter = 2 ** 17;

/**
 * Convolutions in onnxruntime's blocked layout: images blocked, filters in the filter layout (layouts.ts). Fewer input
 * channels than a block stay plain, which those kernels read directly. Results are blocked, with whole blocks of channels.
 *
 * The operators belong to onnxruntime's own optimiser and are no public promise: index.ts probes them before use.
 */
export class BlockedConvolutions {
  readonly #emitter: Emitter;
  readonly #layouts: Layouts;

  constructor(emitter: Emitter, layouts: Layouts) {
    this.#emitter = emitter;
    this.#layouts = layouts;
  }

  /** The result, blocked. */
  convolve(
    x: Value,
    filter: Value,
    shapes: ConvolutionShapes,
    { stride, padding }: Placement,
    epilogue: Epilogue = {},
  ): Value {
    const { block } = this.#layouts;
    const [, channelsIn = 1, ...kernel] = shapes.filter;
    const image = this.#layouts.convert(x, channelsIn < block ? 'plain' : 'blocked', shapes.image);
    const weights = this.#forwardWeights(filter, shapes.filter);
    const pads = [padding, padding, padding, padding];
    return this.#convolution(image, weights, shapes.result, { kernel, stride, pads }, epilogue);
  }

  /** dX of a convolution, blocked; undefined for strides and paddings that this has no form for. */
  inputGradient(
    dY: Value,
    filter: Value,
    shapes: ConvolutionShapes,
    { stride, padding }: Placement,
    epilogue: Epilogue = {},
  ): Value | undefined {
    const [, , kernelHeight = 1, kernelWidth = 1] = shapes.filter;
    if (kernelHeight !== kernelWidth || padding >= kernelHeight) return undefined;
    const adjoint = this.#layouts.convert(dY, 'blocked', shapes.result);
    if (stride === 1) {
      const weights = this.#turnedWeights(
        filter,
        shapes.filter,
        [...Array(kernelHeight * kernelWidth).keys()].reverse(),
      );
      const margin = kernelHeight - 1 - padding;
      const geometry = { kernel: [kernelHeight, kernelWidth], stride: 1, pads: [margin, margin, margin, margin] };
      return this.#convolution(adjoint, weights, shapes.image, geometry, epilogue);
    }
    const isEmpty = epilogue.bias === undefined && epilogue.sum === undefined && epilogue.relu !== true;
    const [, , height = 1, width = 1] = shapes.image;
    const [, , resultHeight = 1, resultWidth = 1] = shapes.result;
    const halves = stride === 2 && height === 2 * resultHeight && width === 2 * resultWidth;
    const known = (kernelHeight === 3 && padding === 1) || (kernelHeight === 1 && padding === 0);
    return halves && known && isEmpty ? this.#spreadGradient(adjoint, filter, shapes) : undefined;
  }

  /**
   * dFilter of a convolution, in the filter layout, as a convolution in which examples are the channels summed over: the
   * image [C, N, H, W] meets dY as the filter, in groups of examples whose sums are added. A blocked dY already is such a
   * filter, but for the order of its blocks. Added to `sum`, in the filter layout too, where one is given.
   */
  filterGradient(x: Value, dY: Value, shapes: ConvolutionShapes, { stride, padding }: Placement, sum?: Value): Value {
    const emitter = this.#emitter;
    const { block } = this.#layouts;
    const [channelsOut = 1, channelsIn = 1, kernelHeight = 1, kernelWidth = 1] = shapes.filter;
    const [count = 1, , outputHeight = 1, outputWidth = 1] = shapes.result;
    const { examples, size } = this.#exampleGroups(count, outputHeight);
    const groups = examples / size;
    const whole = this.#layouts.whole(channelsOut);
    const blocks = whole / block;
    const taps = kernelHeight * kernelWidth;

    const blockedDY = this.#layouts.convert(dY, 'blocked', shapes.result);
    const dYBlocks = emitter.reshape(emitter.padded(blockedDY, [examples, ...blockedDY.shape.slice(1)]), [
      groups,
      size,
      blocks,
      outputHeight * outputWidth * block,
    ]);
    const weights = blocks === 1 ? dYBlocks : emitter.transpose(dYBlocks, [0, 2, 1, 3]);
    const image = emitter.transpose(this.#layouts.convert(x, 'plain', shapes.image), [1, 0, 2, 3]);
    const frame = [(outputHeight - 1) * stride + kernelHeight, (outputWidth - 1) * stride + kernelWidth];
    /** The gradient of the examples from `first` on, which lie in `parts` groups, a partial sum for each. */
    const gradientOf = (filters: Value, first: number, parts: number, before?: Value): Value => {
      const shape = [channelsIn, parts * whole, kernelHeight, kernelWidth];
      return this.#emit(
        'Conv',
        [
          emitter.padded(image, [channelsIn, parts * size, ...frame], [0, -first, padding, padding]),
          emitter.reshape(filters, [parts * whole, size, outputHeight, outputWidth]),
          ...(before === undefined ? [] : [undefined, emitter.reshape(before, shape, 'blocked')]),
        ],
        shape,
        {
          kernel_shape: [outputHeight, outputWidth],
          strides: [1, 1],
          pads: [0, 0, 0, 0],
          dilations: [stride, stride],
          group: parts,
        },
      );
    };
    const filterLayout = [channelsIn, blocks, taps, block];
    if (channelsIn * whole * taps >= largeFilter) {
      // Partial sums of a large filter are more to write and read than the images: each group adds to those before.
      const total = (groups === 1 ? [weights] : emitter.split(weights, 0)).reduce<Value | undefined>(
        (before, filters, group) => gradientOf(filters, group * size, 1, before),
        sum,
      );
      return emitter.reshape(total ?? weights, filterLayout, 'filter');
    }
    const partial = emitter.reshape(gradientOf(weights, 0, groups), [channelsIn, groups, whole * taps]);
    const gradient = emitter.reshape(groups === 1 ? partial : emitter.sum(partial, [1]), filterLayout, 'filter');
    return sum === undefined ? gradient : emitter.elementwise('Add', [gradient, sum]);
  }

  #convolution(
    image: Value,
    weights: Value,
    [examples = 1, channels = 1, height = 1, width = 1]: Shape,
    { kernel, stride, pads }: { kernel: readonly number[]; stride: number; pads: readonly number[] },
    { bias, sum, relu }: Epilogue = {},
  ): Value {
    const whole = this.#layouts.whole(channels);
    const biases = bias === undefined ? undefined : this.#emitter.padded(bias, [whole]);
    const optional = sum === undefined ? (biases === undefined ? [] : [biases]) : [biases, sum];
    return this.#emit('Conv', [image, weights, ...optional], [examples, whole, height, width], {
      kernel_shape: kernel,
      strides: [stride, stride],
      pads,
      dilations: [1, 1],
      group: 1,
      ...(relu === true ? { activation: 'Relu' } : {}),
    });
  }

  /** Blocks of output channels, of input channels where those fill one, taps, then both inside the blocks. */
  #forwardWeights(filter: Value, shape: Shape): Value {
    const { block } = this.#layouts;
    const emitter = this.#emitter;
    const [out = 1, channels = 1, height = 1, width = 1] = shape;
    const blocks = this.#layouts.whole(out) / block;
    if (channels < block) {
      const ordered = blocks === 1 && channels === 1 ? filter : emitter.transpose(filter, [1, 0, 2, 3]);
      return emitter.reshape(ordered, [blocks * block, channels, height, width]);
    }
    const into = this.#layouts.whole(channels);
    const split = emitter.reshape(emitter.padded(filter, [into, ...filter.shape.slice(1)]), [
      into / block,
      block,
      blocks,
      height * width,
      block,
    ]);
    return emitter.reshape(emitter.transpose(split, [2, 0, 3, 1, 4]), [blocks * block, into, height, width]);
  }

  /** The filter with in and out exchanged and some of its taps, in the order given. */
  #turnedWeights(filter: Value, shape: Shape, taps: readonly number[], kernel = shape.slice(2)): Value {
    const { block } = this.#layouts;
    const emitter = this.#emitter;
    const [out = 1, channels = 1, height = 1, width = 1] = shape;
    const into = this.#layouts.whole(channels);
    const outer = this.#layouts.whole(out);
    const rows = emitter.reshape(emitter.padded(filter, [into, ...filter.shape.slice(1)]), [
      1,
      into,
      1,
      outer * height * width,
    ]);
    const exchanged = emitter.reshape(this.#emit('ReorderInput', [rows], rows.shape), [
      into / block,
      outer / block,
      height * width,
      block * block,
    ]);
    const inOrder = taps.length === height * width && taps.every((tap, index) => tap === index);
    const chosen = inOrder
      ? exchanged
      : emitter.emit(
          'Gather',
          [exchanged, emitter.integers(taps)],
          [into / block, outer / block, taps.length, block * block],
          { attributes: { axis: 2 } },
        );
    return emitter.reshape(chosen, [into, outer, ...kernel]);
  }

  /**
   * dX for stride 2 and an image of twice the result's sides: rows and columns of even and odd place meet different taps
   * of a 3 x 3 filter (even: the middle one; odd: the outer two), so four small convolutions, one a parity, are woven.
   */
  #spreadGradient(adjoint: Value, filter: Value, shapes: ConvolutionShapes): Value {
    const emitter = this.#emitter;
    const { block } = this.#layouts;
    const [examples = 1, channels = 1] = shapes.image;
    const [, , height = 1, width = 1] = shapes.result;
    const whole = this.#layouts.whole(channels);
    const small = shapes.filter[2] === 1;
    const phase = (rows: readonly number[], columns: readonly number[]): Value => {
      const taps = rows.flatMap((row) => columns.map((column) => (small ? 0 : row * 3 + column)));
      const kernel = [rows.length, columns.length];
      const weights = this.#turnedWeights(filter, shapes.filter, taps, kernel);
      const pads = [0, 0, rows.length - 1, columns.length - 1];
      return this.#convolution(adjoint, weights, [examples, channels, height, width], { kernel, stride: 1, pads });
    };
    const planes = (examples * whole * height) / block;
    const weave = (even: Value, odd: Value | undefined, rows: number, length: number): Value => {
      const [first, second] = [even, odd].map((value) =>
        value === undefined ? undefined : emitter.reshape(value, [rows, 1, length]),
      );
      if (first === undefined) throw new Error('nothing to weave');
      return second === undefined
        ? emitter.padded(first, [rows, 2, length])
        : emitter.emit('Concat', [first, second], [rows, 2, length], { attributes: { axis: 1 } });
    };
    const [middle, outer] = [[1], [2, 0]];
    const evenRows = weave(phase(middle, middle), small ? undefined : phase(middle, outer), planes * width, block);
    const oddRows = small ? undefined : weave(phase(outer, middle), phase(outer, outer), planes * width, block);
    const woven = weave(evenRows, oddRows, planes, 2 * width * block);
    return emitter.reshape(woven, [examples, whole, 2 * height, 2 * width], 'blocked');
  }

  #emit(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    return this.#emitter.emit(operator, inputs, shape, { domain: blockedDomain, attributes, layout: 'blocked' });
  }

  /**
   * How examples are grouped when they are summed over: small groups are fastest, smaller ones for large maps, and less
   * than a block is essential. Zeros fill the last group, and whole blocks where there are more examples than that.
   */
  #exampleGroups(examples: number, height: number): { examples: number; size: number } {
    const size = Math.min(height >= 32 ? 2 : this.#layouts.block / 2, examples);
    const filled = Math.ceil(examples / size) * size;
    return { examples: filled < this.#layouts.block ? filled : this.#layouts.whole(filled), size };
  }
}
