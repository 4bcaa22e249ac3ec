import type { Shape } from '../../graph/graph.ts';
import { elementCount } from '../../graph/shapes.ts';
import { isUniform } from './emitter.ts';
import type { Emitter, Layout, Value } from './emitter.ts';

/**
 * The two layouts of onnxruntime's blocked kernels. A block is `block` channels, the width of a vector register.
 *
 * blocked: images [N, C, H, W] as [N, C/block, H, W, block]. onnxruntime sees the shape [N, C, H, W] with C rounded up to
 *   whole blocks; where channels fill no block the rest is zero. Values between nodes are blocked only where they fill it.
 * filter: filters [out, in, kh, kw] as [in, out/block, kh kw, block], the form in which the blocked kernels give the
 *   filter's gradient; from it both convolutions get theirs by moving whole blocks. Output channels are rounded up with
 *   zeros, which stay zeros in every sum and product.
 */
export class Layouts {
  readonly block: number;
  readonly #emitter: Emitter;
  /** Plain values that came out of blocked ones, and their blocked form. */
  readonly #blockedOf = new Map<string, Value>();

  constructor(emitter: Emitter, block: number) {
    this.#emitter = emitter;
    this.block = block;
  }

  /** Channels rounded up to whole blocks. */
  whole(channels: number): number {
    return Math.ceil(channels / this.block) * this.block;
  }

  /** The value in another layout; `shape` is that of the engine's graph. */
  convert(value: Value, layout: Layout, shape: Shape): Value {
    if (value.layout === layout) return value;
    if (isUniform(value)) return { ...value, layout };
    const plain = this.#plain(value, shape);
    if (layout === 'plain') return plain;
    return layout === 'blocked' ? this.#blocked(plain) : this.#filter(plain);
  }

  #plain(value: Value, shape: Shape): Value {
    const emitter = this.#emitter;
    if (value.layout === 'plain') return emitter.expand(value, shape);
    const [first = 1, channels = 1, height = 1, width = 1] = shape;
    if (value.layout === 'blocked') {
      if (height === 1 && width === 1 && value.shape[1] === channels) return { ...value, layout: 'plain' };
      const plain = emitter.emit('ReorderOutput', [value], shape, {
        domain: blockedDomain,
        attributes: { channels },
      });
      this.#blockedOf.set(plain.name, value);
      return plain;
    }
    const ordered = emitter.transpose(value, [1, 3, 0, 2]);
    const whole = emitter.reshape(ordered, [this.whole(first), channels, height, width]);
    return emitter.padded(whole, shape);
  }

  #blocked(plain: Value): Value {
    const known = this.#blockedOf.get(plain.name);
    if (known !== undefined) return known;
    const [examples = 1, channels = 1, height = 1, width = 1] = plain.shape;
    const shape = [examples, this.whole(channels), height, width];
    if (height === 1 && width === 1 && channels === shape[1]) return { ...plain, layout: 'blocked' };
    // ReorderInput itself fills the last block, but takes only multiples of four channels.
    const source = channels % 4 === 0 ? plain : this.#emitter.padded(plain, shape);
    return this.#emitter.emit('ReorderInput', [source], shape, { domain: blockedDomain, layout: 'blocked' });
  }

  #filter(plain: Value): Value {
    const [out = 1, channels = 1, height = 1, width = 1] = plain.shape;
    const whole = this.#emitter.padded(plain, [this.whole(out), channels, height, width]);
    const blocks = this.#emitter.reshape(whole, [this.whole(out) / this.block, this.block, channels, height * width]);
    return { ...this.#emitter.transpose(blocks, [2, 0, 3, 1]), layout: 'filter' };
  }
}

export const blockedDomain = 'com.microsoft.nchwc';

/** The shape that onnxruntime sees of a filter in its own layout. */
export function filterShape([out = 1, channels = 1, height = 1, width = 1]: Shape, block: number): Shape {
  return [channels, Math.ceil(out / block), height * width, block];
}

/** Writes a plain filter's numbers into a tensor of the filter layout. */
export function writeFilter(plain: Float32Array, shape: Shape, block: number, stored: Float32Array): void {
  visitFilter(shape, block, (plainIndex, storedIndex) => {
    stored[storedIndex] = plain[plainIndex] ?? Number.NaN;
  });
}

/** The numbers of a tensor of the filter layout as a plain filter. */
export function readFilter(stored: Float32Array, shape: Shape, block: number): Float32Array {
  const plain = new Float32Array(elementCount(shape));
  visitFilter(shape, block, (plainIndex, storedIndex) => {
    plain[plainIndex] = stored[storedIndex] ?? Number.NaN;
  });
  return plain;
}

function visitFilter(shape: Shape, block: number, visit: (plainIndex: number, storedIndex: number) => void): void {
  const [out = 1, channels = 1, height = 1, width = 1] = shape;
  const taps = height * width;
  const blocks = Math.ceil(out / block);
  let plainIndex = 0;
  for (let o = 0; o < out; o += 1) {
    const outer = Math.floor(o / block);
    const inner = o % block;
    for (let channel = 0; channel < channels; channel += 1) {
      for (let tap = 0; tap < taps; tap += 1) {
        visit(plainIndex, ((channel * blocks + outer) * taps + tap) * block + inner);
        plainIndex += 1;
      }
    }
  }
}
