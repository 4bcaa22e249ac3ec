import { elementCount, sameShape } from '../../graph/shapes.ts';
import type { Shape } from '../../graph/graph.ts';
import type { Attribute, OnnxConstant, OnnxNode } from './model-proto.ts';

/** How a tensor lies in memory: as the engine's graph says, or in one of the two forms of layouts.ts. */
export type Layout = 'plain' | 'blocked' | 'filter';

/**
 * A value of the ONNX graph under construction. Its shape may have ones where the graph's node has greater lengths:
 * such a thin value stands for its repetition, and operators that broadcast take it as it is.
 */
export interface Value {
  readonly name: string;
  /** As onnxruntime sees it. */
  readonly shape: Shape;
  readonly layout: Layout;
}

export interface EmitOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
  /** Of the result; plain unless given. */
  readonly layout?: Layout;
}

/** Operators that only move numbers, or make a mask from a truth value: as soon done again as read. */
const copying: ReadonlySet<string> = new Set(['Cast', 'Concat', 'Pad', 'ReorderInput', 'ReorderOutput', 'Transpose']);

/** A copy of this many numbers is made again when its last use is more than so many nodes ago: till then it would be kept. */
const largeCopy = 2 ** 16;
const rememberedNodes = 100;

/** Nodes that are written already, and how many there were when they were last asked for. */
interface KnownNodes {
  readonly outputs: readonly string[];
  asked: number;
}

/**
 * Collects ONNX nodes and constants. Equal nodes and equal constants are written once, but for large copies that would
 * have to be kept from the forward to the backward pass.
 */
export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #known = new Map<string, KnownNodes>();
  readonly #knownConstants = new Map<string, string>();
  /** Names of the model's outputs by those of the values that they are. */
  readonly #outputs = new Map<string, string>();
  #counter = 0;

  /** One operator with one output of the given shape. */
  emit(operator: string, inputs: readonly (Value | undefined)[], shape: Shape, options: EmitOptions = {}): Value {
    const [name = ''] = this.#append(operator, inputs, 1, shape, options);
    return { name, shape, layout: options.layout ?? 'plain' };
  }

  /** One operator with a second output, whose shape is that of the first. */
  emitPair(operator: string, inputs: readonly Value[], shape: Shape, options: EmitOptions = {}): [Value, Value] {
    const [first = '', second = ''] = this.#append(operator, inputs, 2, shape, options);
    return [
      { name: first, shape, layout: 'plain' },
      { name: second, shape, layout: 'plain' },
    ];
  }

  /** A tensor filled with one number. */
  fill(value: number, shape: Shape): Value {
    return this.#constant(`f${String(value)}`, shape, () => new Float32Array(elementCount(shape)).fill(value));
  }

  /** A tensor of numbers. */
  floats(values: Float32Array, shape: Shape): Value {
    return this.#constant(`n${values.join(',')}`, shape, () => values);
  }

  /** A vector of whole numbers: shapes, axes, indices. */
  integers(values: readonly number[]): Value {
    return this.#constant(`i${values.join(',')}`, [values.length], () => BigInt64Array.from(values, BigInt));
  }

  /** The same memory under another shape; plain unless said. */
  reshape(value: Value, shape: Shape, layout: Layout = 'plain'): Value {
    if (sameShape(value.shape, shape)) return { ...value, layout };
    return this.emit('Reshape', [value, this.integers(shape)], shape, { layout });
  }

  transpose(value: Value, order: readonly number[]): Value {
    const shape = order.map((axis) => value.shape[axis] ?? 1);
    return this.emit('Transpose', [value], shape, { attributes: { perm: order } });
  }

  /** The parts of length 1 along an axis. */
  split(value: Value, axis: number): Value[] {
    const count = value.shape[axis] ?? 1;
    const shape = value.shape.map((length, index) => (index === axis ? 1 : length));
    const names = this.#append('Split', [value], count, shape, { attributes: { axis, num_outputs: count } });
    return names.map((name) => ({ name, shape, layout: 'plain' }));
  }

  /** Sum over axes, which disappear. */
  sum(value: Value, axes: readonly number[]): Value {
    if (axes.length === 0) return value;
    const shape = value.shape.filter((_, axis) => !axes.includes(axis));
    return this.emit('ReduceSum', [value, this.integers(axes)], shape, { attributes: { keepdims: 0 } });
  }

  /** The value repeated to the full shape, if it is thin. */
  expand(value: Value, shape: Shape): Value {
    return sameShape(value.shape, shape) ? value : this.emit('Expand', [value, this.integers(shape)], shape);
  }

  /** Elementwise operator that broadcasts; values that are not thin all lie in one layout. */
  elementwise(operator: string, values: readonly Value[], options: EmitOptions = {}): Value {
    const rank = Math.max(...values.map(({ shape }) => shape.length));
    const lengthAt = (shape: Shape, axis: number): number => shape[axis - rank + shape.length] ?? 1;
    const shape = Array.from({ length: rank }, (_, axis) =>
      Math.max(...values.map((value) => lengthAt(value.shape, axis))),
    );
    const { layout } = values.find((value) => !isUniform(value)) ?? { layout: 'plain' };
    return this.emit(operator, values, shape, { layout, ...options });
  }

  /** Zeros around the value: `before` at the start of each axis, the rest at the end; negative means cropping. */
  padded(value: Value, shape: Shape, before: readonly number[] = shape.map(() => 0)): Value {
    const after = shape.map((length, axis) => length - (value.shape[axis] ?? 1) - (before[axis] ?? 0));
    if ([...before, ...after].every((count) => count === 0)) return value;
    return this.emit('Pad', [value, this.integers([...before, ...after])], shape);
  }

  /** The nodes that the given outputs are made of, in order. */
  nodesFor(outputs: readonly Value[]): OnnxNode[] {
    const needed = new Set(outputs.map(({ name }) => name));
    const renamed = (name: string): string => this.#outputs.get(name) ?? name;
    const live: OnnxNode[] = [];
    for (const node of this.nodes.toReversed()) {
      const written = node.outputs.map(renamed);
      if (!written.some((output) => needed.has(output))) continue;
      const read = node.inputs.map(renamed);
      live.push({ ...node, inputs: read, outputs: written });
      for (const input of read) needed.add(input);
    }
    return live.reverse();
  }

  /** The value under a name of its own, as an output of the model: its node writes there at once, a copy only where it must. */
  output(name: string, value: Value): Value {
    const isComputed = this.nodes.some(({ outputs }) => outputs.includes(value.name));
    if (isComputed && !this.#outputs.has(value.name)) {
      this.#outputs.set(value.name, name);
      return { ...value, name };
    }
    const node = { name: this.#fresh('Identity'), operator: 'Identity', domain: '', attributes: {} };
    this.nodes.push({ ...node, inputs: [value.name], outputs: [name] });
    return { ...value, name };
  }

  #append(
    operator: string,
    inputs: readonly (Value | undefined)[],
    outputCount: number,
    shape: Shape,
    { attributes = {}, domain = '' }: EmitOptions,
  ): readonly string[] {
    const names = inputs.map((input) => input?.name ?? '');
    const key = JSON.stringify([domain, operator, names, attributes, outputCount]);
    const known = this.#known.get(key);
    const forgets = copying.has(operator) && elementCount(shape) >= largeCopy;
    if (known !== undefined && !(forgets && this.nodes.length - known.asked > rememberedNodes)) {
      known.asked = this.nodes.length;
      return known.outputs;
    }
    const name = this.#fresh(operator);
    const outputs = Array.from({ length: outputCount }, (_, index) => `${name}:${String(index)}`);
    this.nodes.push({ name, operator, domain, inputs: names, outputs, attributes });
    this.#known.set(key, { outputs, asked: this.nodes.length });
    return outputs;
  }

  #constant(content: string, shape: Shape, values: () => OnnxConstant['values']): Value {
    const key = `${content} [${shape.join(',')}]`;
    const known = this.#knownConstants.get(key);
    if (known !== undefined) return { name: known, shape, layout: 'plain' };
    const name = this.#fresh('constant');
    this.constants.push({ name, shape, values: values() });
    this.#knownConstants.set(key, name);
    return { name, shape, layout: 'plain' };
  }

  #fresh(stem: string): string {
    this.#counter += 1;
    return `${stem}_${String(this.#counter)}`;
  }
}

/** One number repeated everywhere: its layout does not matter. */
export function isUniform({ shape }: Value): boolean {
  return shape.every((length) => length === 1);
}
