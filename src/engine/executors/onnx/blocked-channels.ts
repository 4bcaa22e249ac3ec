import type { Shape } from '../../graph/graph.ts';
import type { Epilogue } from './blocked-convolutions.ts';
import type { Emitter, Value } from './emitter.ts';
import { blockedDomain } from './layouts.ts';
import type { Layouts } from './layouts.ts';
import type { Attribute } from './model-proto.ts';

/**
 * Operations of one number a channel with blocked images, as depthwise convolutions and average pools: one pass each,
 * where standard operators would need several and another layout. Shapes are those of the image, [N, C, H, W].
 */
export class BlockedChannels {
  readonly #emitter: Emitter;
  readonly #layouts: Layouts;

  constructor(emitter: Emitter, layouts: Layouts) {
    this.#emitter = emitter;
    this.#layouts = layouts;
  }

  /** The image times a number a channel, with what follows in the same pass. */
  affine(image: Value, factors: Value, shape: Shape, { bias, sum, relu }: Epilogue): Value {
    const emitter = this.#emitter;
    const channels = shape[1] ?? 1;
    const weights = emitter.reshape(emitter.expand(factors, [channels]), [channels, 1, 1, 1]);
    const fullBias = bias === undefined ? undefined : emitter.expand(bias, [channels]);
    const optional = sum === undefined ? (fullBias === undefined ? [] : [fullBias]) : [fullBias, sum];
    return this.#emit('Conv', [image, weights, ...optional], shape, {
      ...depthwise(channels, [1, 1]),
      ...(relu === true ? { activation: 'Relu' } : {}),
    });
  }

  /** The sum of each channel, [C]. */
  sum(image: Value, shape: Shape): Value {
    return this.#emitter.sum(this.mapSum(image, shape), [0]);
  }

  /** The sum of each map, [N, C]. */
  mapSum(image: Value, [examples = 1, channels = 1, height = 1, width = 1]: Shape): Value {
    const emitter = this.#emitter;
    const means = emitter.reshape(this.#emit('GlobalAveragePool', [image], [examples, channels, 1, 1]), [
      examples,
      channels,
    ]);
    return emitter.elementwise('Mul', [means, emitter.fill(height * width, [1, 1])]);
  }

  /** sum of x * y over each channel, [C]: one's map is the filter of the other's, every map a channel of one kernel. */
  dot(x: Value, y: Value, [examples = 1, channels = 1, height = 1, width = 1]: Shape): Value {
    const emitter = this.#emitter;
    const planes = examples * channels;
    const products = this.#emit(
      'Conv',
      [emitter.reshape(x, [1, planes, height, width]), emitter.reshape(y, [planes, 1, height, width])],
      [1, planes, 1, 1],
      depthwise(planes, [height, width]),
    );
    return emitter.sum(emitter.reshape(products, [examples, channels]), [0]);
  }

  /** One number for each map, [N, C], repeated over it. */
  spread(numbers: Value, shape: Shape): Value {
    const { block } = this.#layouts;
    const emitter = this.#emitter;
    const [examples = 1, channels = 1, height = 1, width = 1] = shape;
    const planes = (examples * channels) / block;
    const dots = emitter.reshape(emitter.expand(numbers, [examples, channels]), [planes, 1, block]);
    return emitter.reshape(emitter.expand(dots, [planes, height * width, block]), shape, 'blocked');
  }

  /** One number a channel, [C], repeated over examples and maps. */
  spreadChannels(numbers: Value, shape: Shape): Value {
    const [examples = 1, channels = 1] = shape;
    const row = this.#emitter.reshape(this.#emitter.expand(numbers, [channels]), [1, channels]);
    return this.spread(this.#emitter.expand(row, [examples, channels]), shape);
  }

  #emit(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    return this.#emitter.emit(operator, inputs, shape, { domain: blockedDomain, attributes, layout: 'blocked' });
  }
}

function depthwise(channels: number, kernel: readonly number[]): Record<string, Attribute> {
  return { kernel_shape: kernel, strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: channels };
}
