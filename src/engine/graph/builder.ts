import { MicrobatchError } from '../../contracts/errors.ts';
import type { GraphNode, NodeId, Operation, Shape } from './graph.ts';
import { elementCount, inferShape, sameShape } from './shapes.ts';
import { simplify } from './simplify.ts';

/**
 * Grows a graph node by node. Every method returns the id of a node that holds the value; equal operations on equal
 * operands share one node, and cheap algebra (simplify.ts) may return an existing node or a constant instead.
 * Operands that do not fit throw `graph/shape-mismatch`.
 */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly #known = new Map<string, NodeId>();

  node(id: NodeId): GraphNode {
    const found = this.nodes[id];
    if (found === undefined) {
      throw new MicrobatchError({
        code: 'graph/unknown-node',
        message: `the graph has no node ${String(id)}`,
        expected: `an id below ${String(this.nodes.length)}`,
      });
    }
    return found;
  }

  shape(id: NodeId): Shape {
    return this.node(id).shape;
  }

  /** A value from outside. Names are unique: asking twice with one shape gives the same node. */
  input(name: string, shape: Shape): NodeId {
    const existing = this.nodes.find(({ operation }) => operation.kind === 'input' && operation.name === name);
    if (existing === undefined) return this.#append({ kind: 'input', name }, [], shape);
    if (sameShape(existing.shape, shape)) return existing.id;
    throw new MicrobatchError({
      code: 'graph/shape-mismatch',
      message: `input ${name} exists with another shape`,
      expected: `[${existing.shape.join(', ')}]`,
    });
  }

  fill(value: number, shape: Shape): NodeId {
    return this.#append({ kind: 'fill', value }, [], shape);
  }

  /* Elementwise, equal shapes. */
  add(left: NodeId, right: NodeId): NodeId {
    return this.#apply({ kind: 'add' }, left, right);
  }
  subtract(left: NodeId, right: NodeId): NodeId {
    return this.#apply({ kind: 'subtract' }, left, right);
  }
  multiply(left: NodeId, right: NodeId): NodeId {
    return this.#apply({ kind: 'multiply' }, left, right);
  }
  negate(x: NodeId): NodeId {
    return this.#apply({ kind: 'negate' }, x);
  }
  exponential(x: NodeId): NodeId {
    return this.#apply({ kind: 'exponential' }, x);
  }
  logarithm(x: NodeId): NodeId {
    return this.#apply({ kind: 'logarithm' }, x);
  }
  reciprocal(x: NodeId): NodeId {
    return this.#apply({ kind: 'reciprocal' }, x);
  }
  reciprocalSquareRoot(x: NodeId): NodeId {
    return this.#apply({ kind: 'reciprocalSquareRoot' }, x);
  }
  squareRoot(x: NodeId): NodeId {
    return this.#apply({ kind: 'squareRoot' }, x);
  }
  scale(x: NodeId, factor: number): NodeId {
    return this.#apply({ kind: 'scale', factor }, x);
  }
  offset(x: NodeId, value: number): NodeId {
    return this.#apply({ kind: 'offset', value }, x);
  }
  relu(x: NodeId): NodeId {
    return this.#apply({ kind: 'relu' }, x);
  }
  positive(x: NodeId): NodeId {
    return this.#apply({ kind: 'positive' }, x);
  }
  /** scalar[] * x */
  multiplyScalar(scalar: NodeId, x: NodeId): NodeId {
    return this.#apply({ kind: 'multiplyScalar' }, scalar, x);
  }

  /* Matrices and shape. */
  /** [m, k] times [k, n], each after its optional transposition. */
  matrixMultiply(left: NodeId, right: NodeId, transposeLeft = false, transposeRight = false): NodeId {
    return this.#apply({ kind: 'matrixMultiply', transposeLeft, transposeRight }, left, right);
  }
  reshape(x: NodeId, shape: Shape): NodeId {
    return this.#apply({ kind: 'reshape', shape }, x);
  }
  /** Sum over ascending axes, which disappear. */
  sum(x: NodeId, axes: readonly number[]): NodeId {
    return this.#apply({ kind: 'sum', axes }, x);
  }
  /** Sum of all elements, rank 0. */
  total(x: NodeId): NodeId {
    return this.sum(x, [...this.shape(x).keys()]);
  }
  /** Repeats x along new axes of `shape`. */
  broadcast(x: NodeId, shape: Shape, axes: readonly number[]): NodeId {
    return this.#apply({ kind: 'broadcast', shape, axes }, x);
  }
  rowMaximum(x: NodeId): NodeId {
    return this.#apply({ kind: 'rowMaximum' }, x);
  }
  rowArgumentMaximum(x: NodeId): NodeId {
    return this.#apply({ kind: 'rowArgumentMaximum' }, x);
  }

  /* Channels of [N, C, H, W] or [N, C]. */
  channelSum(x: NodeId): NodeId {
    return this.#apply({ kind: 'channelSum' }, x);
  }
  channelDot(left: NodeId, right: NodeId): NodeId {
    return this.#apply({ kind: 'channelDot' }, left, right);
  }
  channelScale(x: NodeId, factors: NodeId): NodeId {
    return this.#apply({ kind: 'channelScale' }, x, factors);
  }
  channelShift(x: NodeId, offsets: NodeId): NodeId {
    return this.#apply({ kind: 'channelShift' }, x, offsets);
  }
  channelBroadcast(x: NodeId, shape: Shape): NodeId {
    return this.#apply({ kind: 'channelBroadcast', shape }, x);
  }

  /* Convolution of [N, C, H, W] with [out, C, kh, kw]. */
  convolution(x: NodeId, filter: NodeId, stride: number, padding: number): NodeId {
    return this.#apply({ kind: 'convolution', stride, padding }, x, filter);
  }
  convolutionInputGradient(dY: NodeId, filter: NodeId, stride: number, padding: number, inputShape: Shape): NodeId {
    return this.#apply({ kind: 'convolutionInputGradient', stride, padding, inputShape }, dY, filter);
  }
  convolutionFilterGradient(x: NodeId, dY: NodeId, stride: number, padding: number, filterShape: Shape): NodeId {
    return this.#apply({ kind: 'convolutionFilterGradient', stride, padding, filterShape }, x, dY);
  }

  /* Max pooling, stride = window. */
  maximumPool(x: NodeId, window: number): NodeId {
    return this.#apply({ kind: 'maximumPool', window }, x);
  }
  maximumPoolScatter(x: NodeId, dY: NodeId, window: number): NodeId {
    return this.#apply({ kind: 'maximumPoolScatter', window }, x, dY);
  }
  maximumPoolGather(x: NodeId, v: NodeId, window: number): NodeId {
    return this.#apply({ kind: 'maximumPoolGather', window }, x, v);
  }

  /** Sum of the squares of all elements of all given nodes, rank 0: the squared global norm. */
  squaredNorm(nodes: readonly NodeId[]): NodeId {
    return nodes
      .map((id) => this.total(this.multiply(id, id)))
      .reduce((sum, term) => this.add(sum, term), this.fill(0, []));
  }

  #apply(operation: Exclude<Operation, { kind: 'input' | 'fill' }>, ...inputs: NodeId[]): NodeId {
    const shape = inferShape(
      operation,
      inputs.map((id) => this.shape(id)),
    );
    return simplify(this, operation, inputs, shape) ?? this.#append(operation, inputs, shape);
  }

  #append(operation: Operation, inputs: readonly NodeId[], shape: Shape): NodeId {
    if (shape.some((length) => !Number.isInteger(length) || length < 1)) {
      throw new MicrobatchError({
        code: 'graph/shape-mismatch',
        message: `${operation.kind} has an empty or broken shape [${shape.join(', ')}] of ${String(elementCount(shape))} elements`,
        expected: 'whole lengths of at least 1',
      });
    }
    const commutes = operation.kind === 'add' || operation.kind === 'multiply' || operation.kind === 'channelDot';
    const operands = commutes ? inputs.toSorted((left, right) => left - right) : inputs;
    const key = JSON.stringify([operation, operands, shape]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.nodes.length;
    this.nodes.push({ id, operation, inputs: operands, shape });
    this.#known.set(key, id);
    return id;
  }
}
