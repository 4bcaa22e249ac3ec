import type { Graph, GraphNode, NodeId, Operation, Shape } from '../../graph/graph.ts';
import { elementCount } from '../../graph/shapes.ts';
import { BlockedConvolutions } from './blocked-convolutions.ts';
import type { Epilogue } from './blocked-convolutions.ts';
import { MatrixConvolutions } from './matrix-convolutions.ts';
import { findChains } from './chains.ts';
import type { Chain, Chains } from './chains.ts';
import { isUniform } from './emitter.ts';
import type { Emitter, Layout, Value } from './emitter.ts';
import type { Layouts } from './layouts.ts';
import { blockedDomain } from './layouts.ts';
import type { Attribute } from './model-proto.ts';

type ValueOf = (id: NodeId, layout: Layout) => Value;

export interface BlockedOptions {
  readonly emitter: Emitter;
  readonly layouts: Layouts;
  readonly graph: Graph;
  /** Nodes that are fetched or written to state. */
  readonly kept: ReadonlySet<NodeId>;
  readonly layoutOf: (node: GraphNode) => Layout;
  /** The value of an earlier node. */
  readonly valueOf: ValueOf;
}

/**
 * Nodes whose values or operands lie in the blocked layouts. Per-channel operations become depthwise kernels, of which
 * one pass can scale, shift, add and gate; pooling routes by a mask.
 */
export class BlockedLowering {
  readonly #emitter: Emitter;
  readonly #layouts: Layouts;
  readonly #graph: Graph;
  readonly #layoutOf: (node: GraphNode) => Layout;
  readonly #valueOf: ValueOf;
  readonly #convolutions: BlockedConvolutions;
  readonly #matrixConvolutions: MatrixConvolutions;
  readonly #chains: Chains;
  /** The truth values of #firstMaxima by what they were found in: a quarter of the memory of numbers. */
  readonly #winners = new Map<string, Value>();

  constructor({ emitter, layouts, graph, kept, layoutOf, valueOf }: BlockedOptions) {
    this.#emitter = emitter;
    this.#layouts = layouts;
    this.#graph = graph;
    this.#layoutOf = layoutOf;
    this.#valueOf = valueOf;
    this.#convolutions = new BlockedConvolutions(emitter, layouts);
    this.#matrixConvolutions = new MatrixConvolutions(emitter, layouts);
    this.#chains = findChains(graph, kept, (node) => layoutOf(node) === 'blocked');
  }

  /** Whether another node computes this one on the way. */
  isInside(id: NodeId): boolean {
    return this.#chains.inside.has(id);
  }

  /** The value of a node, or undefined where the portable lowering is as good. */
  lower(node: GraphNode): Value | undefined {
    const chain = this.#chains.endingAt.get(node.id);
    if (chain !== undefined) {
      const value = this.#lowerChain(node, chain);
      if (value !== undefined) return value;
    }
    const { operation, inputs, shape } = node;
    const [a = node.id, b = a] = inputs;
    const isBlocked = this.#layoutOf(node) === 'blocked';
    switch (operation.kind) {
      case 'convolution':
      case 'convolutionInputGradient':
        return this.#convolve(node, operation, {});
      case 'convolutionFilterGradient': {
        const shapes = { image: this.#shape(a), filter: shape, result: this.#shape(b) };
        const [x, dY] = [this.#own(a), this.#own(b)];
        return this.#matrixConvolutions.fits(operation.kind, shapes, operation)
          ? this.#matrixConvolutions.filterGradient(x, dY, shapes)
          : this.#convolutions.filterGradient(x, dY, shapes, operation);
      }
      case 'channelSum':
        return this.#isBlocked(a) ? this.#channelSum(this.#blocked(a), this.#shape(a)) : undefined;
      case 'channelDot':
        return this.#isBlocked(a) && this.#isBlocked(b) ? this.#channelDot(a, b) : undefined;
      case 'sum':
        return this.#sum(a, operation.axes, shape);
      case 'broadcast':
        return isBlocked && operation.axes.join() === '2,3'
          ? this.#spread(this.#valueOf(a, 'plain'), shape)
          : undefined;
      case 'channelBroadcast':
        return isBlocked ? this.#spreadChannels(this.#valueOf(a, 'plain'), shape) : undefined;
      case 'maximumPool':
        return this.#poolFits(node, operation.window) ? this.#pool(this.#blocked(a), shape) : undefined;
      case 'maximumPoolScatter':
        return this.#poolFits(node, operation.window)
          ? this.#emitter.elementwise('Mul', [
              this.#upsample(this.#blocked(b)),
              this.#firstMaxima(this.#blocked(a), this.#shape(a)),
            ])
          : undefined;
      case 'maximumPoolGather':
        return this.#poolFits(node, operation.window) ? this.#gather(a, b, shape) : undefined;
      default:
        return undefined;
    }
  }

  #lowerChain({ shape }: GraphNode, { base, computesBase, bias, sum, relu }: Chain): Value | undefined {
    const node = this.#node(base);
    const epilogue: Epilogue = {
      bias: bias === undefined ? undefined : this.#valueOf(bias, 'plain'),
      sum: sum === undefined ? undefined : this.#blocked(sum),
      relu,
    };
    if (!computesBase)
      return this.#affine(this.#blocked(base), this.#emitter.fill(1, [shape[1] ?? 1]), shape, epilogue);
    if (node.operation.kind === 'convolution' || node.operation.kind === 'convolutionInputGradient') {
      return this.#convolve(node, node.operation, epilogue);
    }
    const [x = base, factors = base] = node.inputs;
    return this.#affine(this.#blocked(x), this.#valueOf(factors, 'plain'), shape, epilogue);
  }

  #convolve(
    { inputs: [a = 0, b = 0], shape }: GraphNode,
    operation: Extract<Operation, { kind: 'convolution' | 'convolutionInputGradient' }>,
    epilogue: Epilogue,
  ): Value | undefined {
    const [first, filter] = [this.#own(a), this.#valueOf(b, 'filter')];
    const isForward = operation.kind === 'convolution';
    const [image, result] = isForward ? [this.#shape(a), shape] : [shape, this.#shape(a)];
    const shapes = { image, filter: this.#shape(b), result };
    if (this.#matrixConvolutions.fits(operation.kind, shapes, operation)) {
      const product = isForward
        ? this.#matrixConvolutions.convolve(first, filter, shapes)
        : this.#matrixConvolutions.inputGradient(first, filter, shapes);
      const rest = epilogue.bias ?? epilogue.sum ?? epilogue.relu;
      return rest === undefined ? product : this.#affine(product, this.#emitter.fill(1, [1]), shape, epilogue);
    }
    const value = isForward
      ? this.#convolutions.convolve(first, filter, shapes, operation, epilogue)
      : this.#convolutions.inputGradient(first, filter, shapes, operation, epilogue);
    if (value === undefined || value.shape[1] === shape[1]) return value;
    return this.#layouts.convert(value, 'plain', shape);
  }

  /** x times a number a channel, with what follows in the same pass. */
  #affine(image: Value, factors: Value, shape: Shape, { bias, sum, relu }: Epilogue): Value {
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

  #channelSum(x: Value, shape: Shape): Value {
    const [examples = 1, channels = 1, height = 1, width = 1] = shape;
    const means = this.#emit('GlobalAveragePool', [x], [examples, channels, 1, 1]);
    const sums = this.#emitter.sum(this.#emitter.reshape(means, [examples, channels]), [0]);
    return this.#emitter.elementwise('Mul', [sums, this.#emitter.fill(height * width, [1])]);
  }

  /** One image's channel as the filter of another's: every example and channel is a channel of one depthwise kernel. */
  #channelDot(a: NodeId, b: NodeId): Value {
    const emitter = this.#emitter;
    const [examples = 1, channels = 1, height = 1, width = 1] = this.#shape(a);
    const planes = examples * channels;
    const [x, y] = [a, b].map((id) => this.#blocked(id));
    if (x === undefined || y === undefined) return emitter.fill(0, [channels]);
    const products = this.#emit(
      'Conv',
      [emitter.reshape(x, [1, planes, height, width]), emitter.reshape(y, [planes, 1, height, width])],
      [1, planes, 1, 1],
      depthwise(planes, [height, width]),
    );
    return emitter.sum(emitter.reshape(products, [examples, channels]), [0]);
  }

  /** Sums that need not leave the layout: of everything, and of a whole map. */
  #sum(a: NodeId, axes: readonly number[], shape: Shape): Value | undefined {
    const operand = this.#node(a);
    const layout = this.#layoutOf(operand);
    const emitter = this.#emitter;
    if (axes.length === operand.shape.length && axes.length > 0) {
      const [left, right] = operand.operation.kind === 'multiply' ? operand.inputs : [];
      if (left !== undefined && left === right) return this.#squaredNorm(left);
      if (layout === 'plain') return undefined;
      const value = this.#valueOf(a, layout);
      return isUniform(value) ? undefined : emitter.sum(value, axes);
    }
    if (layout !== 'blocked' || axes.join() !== '2,3') return undefined;
    const [, , height = 1, width = 1] = operand.shape;
    const means = this.#emit('GlobalAveragePool', [this.#blocked(a)], [...shape, 1, 1]);
    return emitter.elementwise('Mul', [emitter.reshape(means, shape), emitter.fill(height * width, [1, 1])]);
  }

  #squaredNorm(id: NodeId): Value | undefined {
    const value = this.#valueOf(id, this.#layoutOf(this.#node(id)));
    if (elementCount(value.shape) < elementCount(this.#shape(id))) return undefined;
    const flat = this.#emitter.reshape(value, [elementCount(value.shape)]);
    return this.#emitter.emit('ReduceSumSquare', [flat, this.#emitter.integers([0])], [], {
      attributes: { keepdims: 0 },
    });
  }

  /** One number for each example and channel, repeated over the map. */
  #spread(x: Value, shape: Shape): Value {
    const { block } = this.#layouts;
    const [examples = 1, channels = 1, height = 1, width = 1] = shape;
    const planes = (examples * channels) / block;
    const dots = this.#emitter.reshape(this.#emitter.expand(x, [examples, channels]), [planes, 1, block]);
    return this.#emitter.reshape(this.#emitter.expand(dots, [planes, height * width, block]), shape, 'blocked');
  }

  #spreadChannels(x: Value, shape: Shape): Value {
    const [examples = 1, channels = 1] = shape;
    const rows = this.#emitter.reshape(this.#emitter.expand(x, [channels]), [1, channels]);
    return this.#spread(this.#emitter.expand(rows, [examples, channels]), shape);
  }

  #poolFits({ inputs: [image = 0] }: GraphNode, window: number): boolean {
    const [, , height = 1, width = 1] = this.#shape(image);
    return window === 2 && this.#isBlocked(image) && height % 2 === 0 && width % 2 === 0;
  }

  #pool(x: Value, shape: Shape): Value {
    return this.#emit('MaxPool', [x], shape, { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] });
  }

  #upsample(x: Value): Value {
    const [examples = 1, channels = 1, height = 1, width = 1] = x.shape;
    return this.#emit('Upsample', [x], [examples, channels, 2 * height, 2 * width], {
      scales: [1, 1, 2, 2],
      mode: 'nearest',
    });
  }

  /**
   * 1 at the first maximum of each window, else 0. Maxima get the weight of their place in the window, greater the earlier
   * it comes; the greatest weight of a window wins.
   */
  #firstMaxima(x: Value, shape: Shape): Value {
    const known = this.#winners.get(x.name) ?? this.#findFirstMaxima(x, shape);
    this.#winners.set(x.name, known);
    return this.#asNumbers(known);
  }

  #findFirstMaxima(x: Value, shape: Shape): Value {
    const emitter = this.#emitter;
    const { block } = this.#layouts;
    const [examples = 1, channels = 1, height = 1, width = 1] = shape;
    const halved = [examples, channels, height / 2, width / 2];
    const maxima = this.#asNumbers(emitter.elementwise('GreaterOrEqual', [x, this.#upsample(this.#pool(x, halved))]));
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
    return emitter.elementwise('GreaterOrEqual', [weights, this.#upsample(this.#pool(weights, halved))]);
  }

  #asNumbers(truth: Value): Value {
    const float = 1;
    return this.#emitter.emit('Cast', [truth], truth.shape, { attributes: { to: float }, layout: truth.layout });
  }

  #gather(a: NodeId, b: NodeId, shape: Shape): Value {
    const emitter = this.#emitter;
    const mask = this.#firstMaxima(this.#blocked(a), this.#shape(a));
    const kept = emitter.elementwise('Mul', [this.#blocked(b), mask]);
    const means = this.#emit('AveragePool', [kept], shape, {
      kernel_shape: [2, 2],
      strides: [2, 2],
      pads: [0, 0, 0, 0],
    });
    return emitter.elementwise('Mul', [means, emitter.fill(4, [1, 1, 1, 1])]);
  }

  #emit(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    return this.#emitter.emit(operator, inputs, shape, { domain: blockedDomain, attributes, layout: 'blocked' });
  }

  /** The whole value, blocked. */
  #blocked(id: NodeId): Value {
    return { ...this.#emitter.expand(this.#valueOf(id, 'blocked'), this.#shape(id)), layout: 'blocked' };
  }

  #isBlocked(id: NodeId): boolean {
    return this.#layoutOf(this.#node(id)) === 'blocked';
  }

  /** The value in the layout that its node has anyway. */
  #own(id: NodeId): Value {
    const node = this.#node(id);
    return this.#layoutOf(node) === 'blocked'
      ? this.#blocked(id)
      : this.#emitter.expand(this.#valueOf(id, 'plain'), node.shape);
  }

  #shape(id: NodeId): Shape {
    return this.#node(id).shape;
  }

  #node(id: NodeId): GraphNode {
    const node = this.#graph.nodes[id];
    if (node === undefined) throw new Error(`there is no node ${String(id)}`);
    return node;
  }
}

function depthwise(channels: number, kernel: readonly number[]): Record<string, Attribute> {
  return { kernel_shape: kernel, strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: channels };
}
