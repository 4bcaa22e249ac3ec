import type { Shape } from '../../graph/graph.ts';
import { Convolutions } from './convolutions.ts';
import type { Placement } from './convolutions.ts';
import type { Emitter, EmitOptions, Value } from './emitter.ts';

const domain = 'com.microsoft.nchwc';

/**
 * Convolutions in onnxruntime's blocked layout NCHWc: channels in groups of `block`, each group innermost, as its direct
 * convolution kernels want them. A tensor keeps the shape [N, C, H, W] with C rounded up to whole blocks, padded with
 * zero channels. Fewer input channels than a block stay in plain NCHW, which those kernels read directly.
 *
 * The operators belong to onnxruntime's own optimiser and are no public promise: index.ts probes them before use.
 */
export class BlockedConvolutions extends Convolutions {
  readonly #block: number;
  /** Plain values that came out of blocked ones. */
  readonly #blockedOf = new Map<string, Value>();

  constructor(emitter: Emitter, block: number) {
    super(emitter);
    this.#block = block;
  }

  override convolve(x: Value, filter: Value, shape: Shape, { stride, padding }: Placement, bias?: Value): Value {
    const [channelsOut = 1, channelsIn = 1, ...kernel] = filter.shape;
    const image = channelsIn < this.#block ? x : this.#blocked(x);
    const weights = this.#blockedFilter(filter);
    const biases = bias === undefined ? [] : [this.#padded(bias, [this.#whole(channelsOut)])];
    const blocked = this.#emit('Conv', [image, weights, ...biases], this.#wholeChannels(shape), {
      attributes: {
        kernel_shape: kernel,
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
        dilations: [1, 1],
        group: 1,
      },
    });
    return this.#plain(blocked, shape);
  }

  /**
   * dFilter as a convolution in which examples are the channels summed over: the image [C, N, H, W] meets dY as the
   * filter, in groups of examples whose partial sums are added at the end. A blocked dY already is such a filter, but for
   * the order of its blocks.
   */
  override filterGradient(x: Value, dY: Value, filterShape: Shape, { stride, padding }: Placement): Value {
    const emitter = this.emitter;
    const [channelsOut = 1, channelsIn = 1, kernelHeight = 1, kernelWidth = 1] = filterShape;
    const [, , outputHeight = 1, outputWidth = 1] = dY.shape;
    const { examples, size } = this.#exampleGroups(x.shape[0] ?? 1);
    const groups = examples / size;
    const whole = this.#whole(channelsOut);
    const blocks = whole / this.#block;

    const blockedDY = this.#blocked(dY);
    const dYBlocks = emitter.reshape(this.#padded(blockedDY, [examples, ...blockedDY.shape.slice(1)]), [
      groups,
      size,
      blocks,
      outputHeight * outputWidth * this.#block,
    ]);
    const ordered = blocks === 1 ? dYBlocks : emitter.transpose(dYBlocks, [0, 2, 1, 3]);
    const weights = emitter.reshape(ordered, [groups * whole, size, outputHeight, outputWidth]);

    const image = this.#padded(
      emitter.transpose(x, [1, 0, 2, 3]),
      [channelsIn, examples, (outputHeight - 1) * stride + kernelHeight, (outputWidth - 1) * stride + kernelWidth],
      [0, 0, padding, padding],
    );
    const partial = this.#emit('Conv', [image, weights], [channelsIn, groups * whole, kernelHeight, kernelWidth], {
      attributes: {
        kernel_shape: [outputHeight, outputWidth],
        strides: [1, 1],
        pads: [0, 0, 0, 0],
        dilations: [stride, stride],
        group: groups,
      },
    });
    const taps = kernelHeight * kernelWidth;
    const sum = emitter.sum(emitter.reshape(partial, [channelsIn, groups, whole * taps]), [1]);
    const blocked = emitter.reshape(sum, [channelsIn, whole, kernelHeight, kernelWidth]);
    const plain = this.#emit('ReorderOutput', [blocked], [channelsIn, channelsOut, kernelHeight, kernelWidth], {
      attributes: { channels: channelsOut },
    });
    return emitter.transpose(plain, [1, 0, 2, 3]);
  }

  #emit(operator: string, inputs: readonly Value[], shape: Shape, options: EmitOptions = {}): Value {
    return this.emitter.emit(operator, inputs, shape, { ...options, domain });
  }

  #whole(channels: number): number {
    return Math.ceil(channels / this.#block) * this.#block;
  }

  #wholeChannels([examples = 1, channels = 1, ...area]: Shape): Shape {
    return [examples, this.#whole(channels), ...area];
  }

  #blocked(value: Value): Value {
    const known = this.#blockedOf.get(value.name);
    if (known !== undefined) return known;
    const whole = this.#wholeChannels(value.shape);
    // ReorderInput itself fills the last block, but takes only multiples of four channels.
    const source = (value.shape[1] ?? 1) % 4 === 0 ? value : this.#padded(value, whole);
    return this.#emit('ReorderInput', [source], whole);
  }

  #plain(blocked: Value, shape: Shape): Value {
    const plain = this.#emit('ReorderOutput', [blocked], shape, { attributes: { channels: shape[1] ?? 1 } });
    this.#blockedOf.set(plain.name, blocked);
    return plain;
  }

  /** [O, C, kh, kw] as blocks of output channels, and of input channels where those fill a block. */
  #blockedFilter(filter: Value): Value {
    const emitter = this.emitter;
    const block = this.#block;
    const [channelsOut = 1, channelsIn = 1, kernelHeight = 1, kernelWidth = 1] = filter.shape;
    const taps = kernelHeight * kernelWidth;
    const out = this.#whole(channelsOut);
    const into = channelsIn < block ? channelsIn : this.#whole(channelsIn);
    const rows = emitter.reshape(this.#padded(filter, [out, into, kernelHeight, kernelWidth]), [
      out / block,
      block,
      1,
      into * taps,
    ]);
    const byOutput = this.#emit('ReorderInput', [rows], rows.shape);
    const ordered =
      channelsIn < block || taps === 1
        ? byOutput
        : emitter.transpose(
            emitter.reshape(byOutput, [(out / block) * (into / block), block, taps, block]),
            [0, 2, 1, 3],
          );
    return emitter.reshape(ordered, [out, into, kernelHeight, kernelWidth]);
  }

  /** Zeros around the value: `before` at the start of each axis, the rest at the end; negative means cropping. */
  #padded(value: Value, shape: Shape, before: readonly number[] = shape.map(() => 0)): Value {
    const after = shape.map((length, axis) => length - (value.shape[axis] ?? 1) - (before[axis] ?? 0));
    if ([...before, ...after].every((count) => count === 0)) return value;
    return this.emitter.emit('Pad', [value, this.emitter.integers([...before, ...after])], shape);
  }

  /**
   * How examples are grouped when they are summed over: groups of half a block are fastest, and more than a block of
   * examples must fill whole blocks, with zeros if need be.
   */
  #exampleGroups(examples: number): { examples: number; size: number } {
    return examples < this.#block
      ? { examples, size: examples }
      : { examples: this.#whole(examples), size: this.#block / 2 };
  }
}
