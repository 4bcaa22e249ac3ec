import type { Graph, GraphNode, NodeId, Operation, Shape } from '../../graph/graph.ts';
import { elementCount } from '../../graph/shapes.ts';
import { BlockedChannels } from './blocked-channels.ts';
import { BlockedConvolutions } from './blocked-convolutions.ts';
import type { Epilogue } from './blocked-convolutions.ts';
import { BlockedPooling } from './blocked-pooling.ts';
import { MatrixConvolutions } from './matrix-convolutions.ts';
import { findChains } from './chains.ts';
import type { Chain, Chains } from './chains.ts';
import { isUniform } from './emitter.ts';
import type { Emitter, Layout, Value } from './emitter.ts';
import { filterShape } from './layouts.ts';
import type { Layouts } from './layouts.ts';

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
 * Chooses how nodes are computed whose values or operands lie in the blocked layouts: by direct convolutions
 * (blocked-convolutions.ts) or matrix products (matrix-convolutions.ts), by one pass for a chain of nodes (chains.ts), by
 * depthwise kernels (blocked-channels.ts) or by pools (blocked-pooling.ts).
 */
export class BlockedLowering {
  readonly #emitter: Emitter;
  readonly #layouts: Layouts;
  readonly #graph: Graph;
  readonly #layoutOf: (node: GraphNode) => Layout;
  readonly #valueOf: ValueOf;
  readonly #convolutions: BlockedConvolutions;
  readonly #matrixConvolutions: MatrixConvolutions;
  readonly #channels: BlockedChannels;
  readonly #pooling: BlockedPooling;
  readonly #chains: Chains;

  constructor({ emitter, layouts, graph, kept, layoutOf, valueOf }: BlockedOptions) {
    this.#emitter = emitter;
    this.#layouts = layouts;
    this.#graph = graph;
    this.#layoutOf = layoutOf;
    this.#valueOf = valueOf;
    this.#convolutions = new BlockedConvolutions(emitter, layouts);
    this.#matrixConvolutions = new MatrixConvolutions(emitter, layouts);
    this.#channels = new BlockedChannels(emitter, layouts);
    this.#pooling = new BlockedPooling(emitter, layouts);
    this.#chains = findChains(graph, kept, (node) => layoutOf(node) !== 'plain');
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
      case 'convolutionFilterGradient':
        return this.#filterGradient(node, operation);
      case 'channelSum':
        return this.#isBlocked(a) ? this.#channels.sum(this.#blocked(a), this.#shape(a)) : undefined;
      case 'channelDot':
        return this.#isBlocked(a) && this.#isBlocked(b)
          ? this.#channels.dot(this.#blocked(a), this.#blocked(b), this.#shape(a))
          : undefined;
      case 'sum':
        return this.#sum(a, operation.axes);
      case 'broadcast':
        return isBlocked && operation.axes.join() === '2,3'
          ? this.#channels.spread(this.#valueOf(a, 'plain'), shape)
          : undefined;
      case 'channelBroadcast':
        return isBlocked ? this.#channels.spreadChannels(this.#valueOf(a, 'plain'), shape) : undefined;
      case 'maximumPool':
        return this.#poolFits(a, operation.window) ? this.#pooling.pool(this.#blocked(a), this.#shape(a)) : undefined;
      case 'maximumPoolScatter':
        return this.#poolFits(a, operation.window)
          ? this.#pooling.scatter(this.#blocked(a), this.#blocked(b), this.#shape(a))
          : undefined;
      case 'maximumPoolGather':
        return this.#poolFits(a, operation.window)
          ? this.#pooling.gather(this.#blocked(a), this.#blocked(b), this.#shape(a))
          : undefined;
      default:
        return undefined;
    }
  }

  #lowerChain({ shape }: GraphNode, { base, computesBase, bias, sum, relu }: Chain): Value | undefined {
    const node = this.#node(base);
    if (computesBase && node.operation.kind === 'convolutionFilterGradient') {
      return this.#filterGradient(node, node.operation, sum);
    }
    const epilogue: Epilogue = {
      bias: bias === undefined ? undefined : this.#valueOf(bias, 'plain'),
      sum: sum === undefined ? undefined : this.#blocked(sum),
      relu,
    };
    if (!computesBase)
      return this.#channels.affine(this.#blocked(base), this.#emitter.fill(1, [shape[1] ?? 1]), shape, epilogue);
    if (node.operation.kind === 'convolution' || node.operation.kind === 'convolutionInputGradient') {
      return this.#convolve(node, node.operation, epilogue);
    }
    const [x = base, factors = base] = node.inputs;
    return this.#channels.affine(this.#blocked(x), this.#valueOf(factors, 'plain'), shape, epilogue);
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
      return rest === undefined ? product : this.#channels.affine(product, this.#emitter.fill(1, [1]), shape, epilogue);
    }
    const value = isForward
      ? this.#convolutions.convolve(first, filter, shapes, operation, epilogue)
      : this.#convolutions.inputGradient(first, filter, shapes, operation, epilogue);
    if (value === undefined || value.shape[1] === shape[1]) return value;
    return this.#layouts.convert(value, 'plain', shape);
  }

  #filterGradient(
    { inputs: [a = 0, b = 0], shape }: GraphNode,
    operation: Extract<Operation, { kind: 'convolutionFilterGradient' }>,
    sum?: NodeId,
  ): Value {
    const shapes = { image: this.#shape(a), filter: shape, result: this.#shape(b) };
    const before = sum === undefined ? undefined : this.#filter(sum);
    const [x, dY] = [this.#own(a), this.#own(b)];
    return this.#matrixConvolutions.fits(operation.kind, shapes, operation)
      ? this.#matrixConvolutions.filterGradient(x, dY, shapes, before)
      : this.#convolutions.filterGradient(x, dY, shapes, operation, before);
  }

  /** Sums that need not leave the layout: of everything, and of a whole map. */
  #sum(a: NodeId, axes: readonly number[]): Value | undefined {
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
    return this.#channels.mapSum(this.#blocked(a), operand.shape);
  }

  #squaredNorm(id: NodeId): Value | undefined {
    const value = this.#valueOf(id, this.#layoutOf(this.#node(id)));
    if (elementCount(value.shape) < elementCount(this.#shape(id))) return undefined;
    const flat = this.#emitter.reshape(value, [elementCount(value.shape)]);
    return this.#emitter.emit('ReduceSumSquare', [flat, this.#emitter.integers([0])], [], {
      attributes: { keepdims: 0 },
    });
  }

  #poolFits(image: NodeId, window: number): boolean {
    const [, , height = 1, width = 1] = this.#shape(image);
    return window === 2 && this.#isBlocked(image) && height % 2 === 0 && width % 2 === 0;
  }

  /** The whole value, blocked. */
  #blocked(id: NodeId): Value {
    return { ...this.#emitter.expand(this.#valueOf(id, 'blocked'), this.#shape(id)), layout: 'blocked' };
  }

  /** The whole value, in the filter layout. */
  #filter(id: NodeId): Value {
    const shape = filterShape(this.#shape(id), this.#layouts.block);
    return { ...this.#emitter.expand(this.#valueOf(id, 'filter'), shape), layout: 'filter' };
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
