import type { Shape } from '../../graph/graph.ts';
import { elementCount, sameShape } from '../../graph/shapes.ts';
import type { Attribute, DataType, TensorFlowNode } from './graph-def.ts';

/** Which axis of the engine's graph each stored axis is: [0, 2, 3, 1] stores [N, C, H, W] as [N, H, W, C]. */
export type Order = readonly number[];

/**
 * A tensor of the TensorFlow graph under construction. `shape` is as stored; it may have ones where the graph's node has
 * greater lengths: such a thin value stands for its repetition, and operators that broadcast take it as it is.
 */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
  readonly order: Order;
}

export const imageOrder: Order = [0, 2, 3, 1];
export const filterOrder: Order = [2, 3, 1, 0];

/** Axes in the engine's own order. */
export function plainOrder(rank: number): Order {
  return [...Array(rank).keys()];
}

/** The lengths of a shape in a stored order. */
export function ordered(shape: Shape, order: Order): number[] {
  return order.map((axis) => shape[axis] ?? 1);
}

const float: Attribute = { type: 'float' };
const int32: Attribute = { type: 'int32' };

/** Collects the nodes of one function of a program; equal operations and constants are written once. */
export class Emitter {
  readonly nodes: TensorFlowNode[] = [];
  readonly #prefix: string;
  readonly #known = new Map<string, string>();

  /** Names begin with the prefix, so that several functions fit into one graph. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** One operator; its own element type is float. */
  emit(
    operator: string,
    inputs: readonly Value[],
    result: Omit<Value, 'name'>,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const names = inputs.map(({ name }) => name);
    return { ...result, name: this.add(operator, names, { T: float, ...attributes }) };
  }

  /** One operator by the names of its inputs, with exactly these attributes; returns its name. */
  add(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>): string {
    const key = JSON.stringify([operator, inputs, attributes], replaceArrays);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `${this.#prefix}/${operator}_${String(this.nodes.length)}`;
    this.nodes.push({ name, operator, inputs, attributes });
    this.#known.set(key, name);
    return name;
  }

  /** A tensor that the caller feeds, in the engine's order; each is a node of its own. */
  placeholder(shape: Shape, dtype: Attribute = float): Value {
    const name = `${this.#prefix}/Placeholder_${String(this.nodes.length)}`;
    this.nodes.push({ name, operator: 'Placeholder', inputs: [], attributes: { dtype, shape: { shape } } });
    return { name, shape, order: plainOrder(shape.length) };
  }

  /** A number as a thin value of the given rank. */
  fill(value: number, rank: number): Value {
    const shape = plainOrder(rank).map(() => 1);
    return { name: this.#constant('float', shape, Float32Array.of(value)), shape, order: plainOrder(rank) };
  }

  /** A vector of whole numbers: sizes, axes, paddings. */
  integers(values: readonly number[], shape: Shape = [values.length]): Value {
    return { name: this.#constant('int32', shape, Int32Array.from(values)), shape, order: plainOrder(shape.length) };
  }

  /** The same elements under another stored shape, now in plain order. */
  reshape(value: Value, shape: Shape): Value {
    const result = { shape, order: plainOrder(shape.length) };
    if (sameShape(value.shape, shape)) return { ...value, ...result };
    return this.emit('Reshape', [value, this.integers(shape)], result, { Tshape: int32 });
  }

  /** The value stored in another order. Moving axes of length 1 costs nothing. */
  inOrder(value: Value, order: Order): Value {
    if (sameShape(value.order, order)) return value;
    const permutation = order.map((axis) => value.order.indexOf(axis));
    const shape = permutation.map((axis) => value.shape[axis] ?? 1);
    const long = permutation.filter((axis) => (value.shape[axis] ?? 1) > 1);
    if (long.every((axis, index) => axis > (long[index - 1] ?? -1))) return { ...this.reshape(value, shape), order };
    return this.emit('Transpose', [value, this.integers(permutation)], { shape, order }, { Tperm: int32 });
  }

  /** The value repeated to the full stored shape, if it is thin. */
  expand(value: Value, shape: Shape): Value {
    if (sameShape(value.shape, shape)) return value;
    const { order } = value;
    return this.emit('BroadcastTo', [value, this.integers(shape)], { shape, order }, { Tidx: int32 });
  }

  /** An elementwise operator that broadcasts; all values are stored in the same order. */
  elementwise(operator: string, values: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    const [{ order } = { order: [] }] = values;
    const shape = order.map((_, axis) => Math.max(...values.map((value) => value.shape[axis] ?? 1)));
    return this.emit(operator, values, { shape, order }, attributes);
  }

  /** Sum over axes of the engine's graph, which disappear; the rest comes in plain order. */
  sum(value: Value, axes: readonly number[]): Value {
    const kept = value.order.filter((axis) => !axes.includes(axis));
    const ascending = kept.toSorted((left, right) => left - right);
    const places = value.order.flatMap((axis, place) => (axes.includes(axis) ? [place] : []));
    const shape = value.order.flatMap((axis, place) => (axes.includes(axis) ? [] : [value.shape[place] ?? 1]));
    const order = kept.map((axis) => ascending.indexOf(axis));
    const attributes: Record<string, Attribute> = { Tidx: int32, keep_dims: { boolean: false } };
    const summed = this.emit('Sum', [value, this.integers(places)], { shape, order }, attributes);
    return this.inOrder(summed, plainOrder(kept.length));
  }

  #constant(type: DataType, shape: Shape, values: Float32Array | Int32Array): string {
    if (values.length !== elementCount(shape)) throw new Error(`${String(values.length)} values for another shape`);
    return this.add('Const', [], { dtype: { type }, value: { tensor: { shape, values } } });
  }
}

/** Typed arrays as plain arrays: JSON would write them as objects. */
function replaceArrays(_key: string, value: unknown): unknown {
  return value instanceof Float32Array || value instanceof Int32Array ? [...value] : value;
}
