import type { Shape } from '../../graph/graph.ts';
import type { Emitter, Value } from './emitter.ts';
import { blockedDomain } from './layouts.ts';
import type { Layouts } from './layouts.ts';
import type { Attribute } from './model-proto.ts';

/**
 * Max pooling of blocked images in windows of 2 x 2, and what routes through it, by a mask of the first maxima: the
 * blocked pooling kernel gives no places, and the standard one that does is ten times slower. Shapes are those of the
 * image, with even sides.
 */
export class BlockedPooling {
  readonly #emitter: Emitter;
  readonly #layouts: Layouts;
  /** The truth values of #firstMaxima by what they were found in: a quarter of the memory of numbers. */
  readonly #winners = new Map<string, Value>();

  constructor(emitter: Emitter, layouts: Layouts) {
    this.#emitter = emitter;
    this.#layouts = layouts;
  }

  pool(x: Value, shape: Shape): Value {
    return this.#emit('MaxPool', [x], halved(shape), windows);
  }

  /** dY put at the first maxima of x. */
  scatter(x: Value, dY: Value, shape: Shape): Value {
    return this.#emitter.elementwise('Mul', [this.#upsample(dY, shape), this.#firstMaxima(x, shape)]);
  }

  /** v at the first maxima of x: four times the mean over a window of which three are zero. */
  gather(x: Value, v: Value, shape: Shape): Value {
    const emitter = this.#emitter;
    const kept = emitter.elementwise('Mul', [v, this.#firstMaxima(x, shape)]);
    const means = this.#emit('AveragePool', [kept], halved(shape), windows);
    return emitter.elementwise('Mul', [means, emitter.fill(4, [1, 1, 1, 1])]);
  }

  /** 1 at the first maximum of each window, else 0. */
  #firstMaxima(x: Value, shape: Shape): Value {
    const known = this.#winners.get(x.name) ?? this.#findFirstMaxima(x, shape);
    this.#winners.set(x.name, known);
    return this.#asNumbers(known);
  }

  /**
   * Maxima get the weight of their place in the window, greater the earlier it comes; the greatest weight of a window
   * wins.
   */
  #findFirstMaxima(x: Value, shape: Shape): Value {
    const emitter = this.#emitter;
    const { block } = this.#layouts;
    const [examples = 1, channels = 1, height = 1, width = 1] = shape;
    const greatest = this.#upsample(this.pool(x, shape), shape);
    const maxima = this.#asNumbers(emitter.elementwise('GreaterOrEqual', [x, greatest]));
    const planes = [(examples * channels) / block, height, width * block];
    const places = emitter.floats(
      Float32Array.from({ length: height * width * block }, (_, index) => {
        const [row, column] = [Math.floor(index / (width * block)) % 2, Math.floor(index / block) % 2];
        return 4 - 2 * row - column;
      }),
      [1, height, width * block],
    );
    const weighted = emitter.elementwise('Mul', [emitter.reshape(maxima, planes), places]);
    const weights = emitter.reshape(weighted, shape, 'blocked');
    return emitter.elementwise('GreaterOrEqual', [weights, this.#upsample(this.pool(weights, shape), shape)]);
  }

  #upsample(x: Value, shape: Shape): Value {
    return this.#emit('Upsample', [x], shape, { scales: [1, 1, 2, 2], mode: 'nearest' });
  }

  #asNumbers(truth: Value): Value {
    const float = 1;
    return this.#emitter.emit('Cast', [truth], truth.shape, { attributes: { to: float }, layout: truth.layout });
  }

  #emit(
    operator: string,
    inputs: readonly Value[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>>,
  ): Value {
    return this.#emitter.emit(operator, inputs, shape, { domain: blockedDomain, attributes, layout: 'blocked' });
  }
}

const windows = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };

function halved([examples = 1, channels = 1, height = 1, width = 1]: Shape): Shape {
  return [examples, channels, height / 2, width / 2];
}
