import type { Shape } from '../../graph/graph.ts';
import type { Emitter, Value } from './emitter.ts';

export interface Placement {
  readonly stride: number;
  readonly padding: number;
}

/** The three bilinear operations of a convolution in standard ONNX operators, for every shape. Operands are full. */
export class Convolutions {
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** [N, C, H, W] (x) [O, C, kh, kw] */
  convolve(x: Value, filter: Value, shape: Shape, { stride, padding }: Placement): Value {
    return this.#emitter.emit('Conv', [x, filter], shape, {
      attributes: {
        kernel_shape: filter.shape.slice(2),
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
      },
    });
  }

  /**
   * dX of a convolution. With stride 1 it is itself a convolution of dY with the turned filter, which runs faster than a
   * transposed convolution; other strides use ConvTranspose, with the rows that no window reached as output padding.
   */
  inputGradient(dY: Value, filter: Value, inputShape: Shape, { stride, padding }: Placement): Value {
    const [, , kernelHeight = 1, kernelWidth = 1] = filter.shape;
    const turnable = stride === 1 && kernelHeight === kernelWidth && padding < kernelHeight;
    if (turnable) {
      return this.convolve(dY, turnedFilter(this.#emitter, filter), inputShape, {
        stride: 1,
        padding: kernelHeight - 1 - padding,
      });
    }
    const unreached = [2, 3].map((axis, index) => {
      const reached = ((dY.shape[axis] ?? 1) - 1) * stride + ([kernelHeight, kernelWidth][index] ?? 1) - 2 * padding;
      return (inputShape[axis] ?? 0) - reached;
    });
    return this.#emitter.emit('ConvTranspose', [dY, filter], inputShape, {
      attributes: {
        kernel_shape: [kernelHeight, kernelWidth],
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
        output_padding: unreached,
      },
    });
  }

  /**
   * dFilter of a convolution, as a convolution with examples and channels exchanged: the image [C, N, H, W] meets dY
   * [O, N, OH, OW] as its filter, and the stride becomes dilation. The result is [C, O, kh, kw], plus rows and columns that
   * the stride left over.
   */
  filterGradient(x: Value, dY: Value, filterShape: Shape, { stride, padding }: Placement): Value {
    const emitter = this.#emitter;
    const [channelsOut = 1, channelsIn = 1, kernelHeight = 1, kernelWidth = 1] = filterShape;
    const [, , height = 1, width = 1] = x.shape;
    const [, , outputHeight = 1, outputWidth = 1] = dY.shape;
    const taps = [
      height + 2 * padding - (outputHeight - 1) * stride,
      width + 2 * padding - (outputWidth - 1) * stride,
    ] as const;
    const gradient = emitter.emit(
      'Conv',
      [emitter.transpose(x, [1, 0, 2, 3]), emitter.transpose(dY, [1, 0, 2, 3])],
      [channelsIn, channelsOut, ...taps],
      {
        attributes: {
          kernel_shape: [outputHeight, outputWidth],
          dilations: [stride, stride],
          pads: [padding, padding, padding, padding],
        },
      },
    );
    const needed =
      taps[0] === kernelHeight && taps[1] === kernelWidth
        ? gradient
        : emitter.emit(
            'Slice',
            [
              gradient,
              emitter.integers([0, 0]),
              emitter.integers([kernelHeight, kernelWidth]),
              emitter.integers([2, 3]),
            ],
            [channelsIn, channelsOut, kernelHeight, kernelWidth],
          );
    return emitter.transpose(needed, [1, 0, 2, 3]);
  }
}

/** [O, C, kh, kw] with in and out exchanged and every kernel turned by half a turn: [C, O, kh, kw]. */
function turnedFilter(emitter: Emitter, filter: Value): Value {
  const [channelsOut = 1, channelsIn = 1, kernelHeight = 1, kernelWidth = 1] = filter.shape;
  const exchanged = emitter.transpose(filter, [1, 0, 2, 3]);
  const taps = kernelHeight * kernelWidth;
  if (taps === 1) return exchanged;
  const flat = emitter.reshape(exchanged, [channelsIn, channelsOut, taps]);
  const backwards = emitter.integers([...Array(taps).keys()].reverse());
  const turned = emitter.emit('Gather', [flat, backwards], flat.shape, { attributes: { axis: 2 } });
  return emitter.reshape(turned, [channelsIn, channelsOut, kernelHeight, kernelWidth]);
}
