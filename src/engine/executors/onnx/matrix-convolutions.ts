import type { Shape } from '../../graph/graph.ts';
import type { Placement } from './convolutions.ts';
import type { Emitter, Value } from './emitter.ts';
import type { ConvolutionShapes } from './blocked-convolutions.ts';
import type { Layouts } from './layouts.ts';

/**
 * Convolutions of stride 1 as matrix products, for small maps with many channels: there the direct kernels read all
 * weights again for every image. The filter layout [in, out/block, taps, block] is a matrix [in, taps out] as it lies, and
 * with images as rows, [N H W, C], none of the three needs the weights in another order:
 *
 *   result: image F, then the taps of each pixel are moved to where they belong and added;
 *   image gradient: F D^T and filter gradient: image^T D, where row p of D holds what dY has at each tap of pixel p.
 */
export class MatrixConvolutions {
  readonly #emitter: Emitter;
  readonly #layouts: Layouts;

  constructor(emitter: Emitter, layouts: Layouts) {
    this.#emitter = emitter;
    this.#layouts = layouts;
  }

  /** Whether shapes and placement are such that a product is possible and faster than a direct kernel. */
  fits(
    kind: 'convolution' | 'convolutionInputGradient' | 'convolutionFilterGradient',
    { image, filter }: ConvolutionShapes,
    { stride, padding }: Placement,
  ): boolean {
    const [out = 1, channels = 1, kernelHeight = 1, kernelWidth = 1] = filter;
    const [examples = 1, , height = 1, width = 1] = image;
    const { block } = this.#layouts;
    const keepsSize = stride === 1 && kernelHeight === kernelWidth && 2 * padding === kernelHeight - 1;
    const weightsOfPixel = (out * channels) / (examples * height * width);
    const isFaster = weightsOfPixel >= (kind === 'convolutionFilterGradient' ? 512 : 1024);
    return keepsSize && isFaster && out % block === 0 && channels % block === 0;
  }

  convolve(x: Value, filter: Value, shapes: ConvolutionShapes): Value {
    const emitter = this.#emitter;
    const [examples = 1, out = 1, height = 1, width = 1] = shapes.result;
    const { block } = this.#layouts;
    const blocks = out / block;
    const taps = this.#taps(shapes.filter);
    const rows = this.#rows(x, shapes.image);
    const [pixels = 1, channels = 1] = rows.shape;
    const weights = emitter.reshape(filter, [channels, taps * out]);
    const products = emitter.emit('MatMul', [rows, weights], [pixels, taps * out]);
    const byTap = emitter.split(emitter.reshape(products, [examples, height, width, blocks, taps, block]), 4);
    const side = shapes.filter[2] ?? 1;
    const margin = (side - 1) / 2;
    const moved = byTap.map((value, tap) =>
      this.#moved(
        emitter.reshape(value, [examples, height, width, out]),
        margin - Math.floor(tap / side),
        margin - (tap % side),
      ),
    );
    const sum = moved.length === 1 ? moved : [emitter.emit('Sum', moved, [examples, height, width, out])];
    return this.#toBlocked(sum[0] ?? rows, shapes.result);
  }

  /** F D^T rather than D F^T: the product packs its second operand, and the weights are the greater. */
  inputGradient(dY: Value, filter: Value, shapes: ConvolutionShapes): Value {
    const emitter = this.#emitter;
    const { block } = this.#layouts;
    const spread = this.#spreadTaps(dY, shapes);
    const [examples = 1, channels = 1, height = 1, width = 1] = shapes.image;
    const [pixels = 1, columns = 1] = spread.shape;
    const weights = emitter.reshape(filter, [channels, columns]);
    const product = emitter.emit('Gemm', [weights, spread], [channels, pixels], { attributes: { transB: 1 } });
    const split = emitter.reshape(product, [channels / block, block, examples, height * width]);
    return emitter.reshape(emitter.transpose(split, [2, 0, 3, 1]), shapes.image, 'blocked');
  }

  /** The filter's gradient, added to `sum` in the filter layout where one is given. */
  filterGradient(x: Value, dY: Value, shapes: ConvolutionShapes, sum?: Value): Value {
    const emitter = this.#emitter;
    const spread = this.#spreadTaps(dY, shapes);
    const [out = 1, channels = 1] = shapes.filter;
    const rows = this.#rows(x, shapes.image);
    const shape = [channels, spread.shape[1] ?? 1];
    const before = sum === undefined ? [] : [emitter.reshape(sum, shape)];
    const product = emitter.emit('Gemm', [rows, spread, ...before], shape, { attributes: { transA: 1 } });
    const { block } = this.#layouts;
    return emitter.reshape(product, [channels, out / block, this.#taps(shapes.filter), block], 'filter');
  }

  /** [N H W, taps out]: at each tap of a pixel what dY has there. */
  #spreadTaps(dY: Value, { filter, result }: ConvolutionShapes): Value {
    const emitter = this.#emitter;
    const [examples = 1, out = 1, height = 1, width = 1] = result;
    const { block } = this.#layouts;
    const rows = emitter.reshape(this.#rows(dY, result), [examples, height, width, out]);
    const side = filter[2] ?? 1;
    const margin = (side - 1) / 2;
    const taps = this.#taps(filter);
    const moved = [...Array(taps).keys()].map((tap) =>
      emitter.reshape(this.#moved(rows, Math.floor(tap / side) - margin, (tap % side) - margin), [
        examples * height * width * (out / block),
        1,
        block,
      ]),
    );
    const [first = rows] = moved;
    const all =
      moved.length === 1
        ? first
        : emitter.emit('Concat', moved, [first.shape[0] ?? 1, taps, block], { attributes: { axis: 1 } });
    return emitter.reshape(all, [examples * height * width, taps * out]);
  }

  /** [N, H, W, C] moved down and to the right, or back where negative; zeros come in. */
  #moved(value: Value, down: number, right: number): Value {
    if (down === 0 && right === 0) return value;
    const pads = [0, down, right, 0, 0, -down, -right, 0];
    return this.#emitter.emit('Pad', [value, this.#emitter.integers(pads)], value.shape);
  }

  /** A blocked image as [N H W, C]. */
  #rows(value: Value, shape: Shape): Value {
    const [examples = 1, channels = 1, height = 1, width = 1] = shape;
    const { block } = this.#layouts;
    const blocked = this.#layouts.convert(value, 'blocked', shape);
    const split = this.#emitter.reshape(blocked, [examples, channels / block, height * width, block]);
    return this.#emitter.reshape(this.#emitter.transpose(split, [0, 2, 1, 3]), [examples * height * width, channels]);
  }

  #toBlocked(rows: Value, shape: Shape): Value {
    const [examples = 1, channels = 1, height = 1, width = 1] = shape;
    const { block } = this.#layouts;
    const split = this.#emitter.reshape(rows, [examples, height * width, channels / block, block]);
    return this.#emitter.reshape(this.#emitter.transpose(split, [0, 2, 1, 3]), shape, 'blocked');
  }

  #taps([, , height = 1, width = 1]: Shape): number {
    return height * width;
  }
}
