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

/** Collects ONNX nodes and constants. Equal nodes and equal constants are written once. */
export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #known = new Map<string, readonly string[]>();
  #counter = 0;

  /** One operator with one output of the given shape. */
  emit(operator: string, inputs: readonly (Value | undefined)[], shape: Shape, options: EmitOptions = {}): Value {
    const [name = ''] = this.#append(operator, inputs, 1, options);
    return { name, shape, layout: options.layout ?? 'plain' };
  }

  /** One operator with a second output, whose shape is that of the first. */
  emitPair(operator: string, inputs: readonly Value[], shape: Shape, options: EmitOptions = {}): [Value, Value] {
    const [first = '', second = ''] = this.#append(operator, inputs, 2, options);
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
    const names = this.#append('Split', [value], count, { attributes: { axis, num_outputs: count } });
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

  /** The nodes that the given values are made of, in order. */
  nodesFor(outputs: readonly Value[]): OnnxNode[] {
    const needed = new Set(outputs.map(({ name }) => name));
    const live: OnnxNode[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((output) => needed.has(output))) continue;
      live.push(node);
      for (const input of node.inputs) needed.add(input);
    }
    return live.reverse();
  }

  /** The value under a name of its own, as an output of the model. */
  output(name: string, value: Value): Value {
    this.nodes.push({
      name: this.#fresh('Identity'),
      operator: 'Identity',
      domain: '',
      inputs: [value.name],
      outputs: [name],
      attributes: {},
    });
    return { ...value, name };
  }

  #append(
    operator: string,
    inputs: readonly (Value | undefined)[],
    outputCount: number,
    { attributes = {}, domain = '' }: EmitOptions,
  ): readonly string[] {
    const names = inputs.map((input) => input?.name ?? '');
    const key = JSON.stringify([domain, operator, names, attributes, outputCount]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh(operator);
    const outputs = Array.from({ length: outputCount }, (_, index) => `${name}:${String(index)}`);
    this.nodes.push({ name, operator, domain, inputs: names, outputs, attributes });
    this.#known.set(key, outputs);
    return outputs;
  }

  #constant(content: string, shape: Shape, values: () => OnnxConstant['values']): Value {
    const key = `${content} [${shape.join(',')}]`;
    const known = this.#known.get(key);
    if (known?.[0] !== undefined) return { name: known[0], shape, layout: 'plain' };
    const name = this.#fresh('constant');
    this.constants.push({ name, shape, values: values() });
    this.#known.set(key, [name]);
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
