import type { GraphNode, NodeId, Shape } from '../../graph/graph.ts';
import { pooledShape } from '../../graph/shapes.ts';
import { convolve, convolveToFilter, convolveToInput } from './convolutions.ts';
import { filterOrder, imageOrder, ordered, plainOrder } from './emitter.ts';
import type { Emitter, Order, Value } from './emitter.ts';
import type { Attribute } from './graph-def.ts';

export interface Operand {
  readonly node: GraphNode;
  readonly value: Value;
}

/**
 * One node in TensorFlow operators. Results of elementwise operations are stored in `order`; other operations leave
 * theirs as it comes. Operands may be thin (emitter.ts); operators that broadcast take them so, others expand them first.
 */
export function lower(
  emitter: Emitter,
  { operation, inputs, shape }: GraphNode,
  operandOf: (id: NodeId) => Operand,
  order: Order,
): Value {
  const [a, b] = inputs.map(operandOf);
  const needed = (operand: Operand | undefined): Operand => {
    if (operand === undefined) throw new Error(`${operation.kind} lacks an operand`);
    return operand;
  };
  const full = (operand: Operand | undefined, wanted?: Order): Value => {
    const { value, node } = needed(operand);
    const whole = emitter.expand(value, ordered(node.shape, value.order));
    return emitter.inOrder(whole, wanted ?? plainOrder(node.shape.length));
  };
  const thin = (operand: Operand | undefined): Value => emitter.inOrder(needed(operand).value, order);
  const image = (operand: Operand | undefined): Value => full(operand, imageOrder);

  switch (operation.kind) {
    case 'input':
      throw new Error(`input ${operation.name} is bound by the compiler, not lowered`);
    case 'fill':
      return { ...emitter.fill(operation.value, shape.length), order };

    case 'add':
      return emitter.elementwise('AddV2', [thin(a), thin(b)]);
    case 'subtract':
      return emitter.elementwise('Sub', [thin(a), thin(b)]);
    case 'multiply': {
      const [gate, other] = a?.node.operation.kind === 'positive' ? [a, b] : [b, a];
      const source = gate?.node.operation.kind === 'positive' ? gate.node.inputs[0] : undefined;
      // One pass instead of three, and the gate is never stored.
      if (source !== undefined)
        return emitter.elementwise('ReluGrad', [full(other, order), full(operandOf(source), order)]);
      return emitter.elementwise('Mul', [thin(a), thin(b)]);
    }
    case 'negate':
      return emitter.elementwise('Neg', [thin(a)]);
    case 'exponential':
      return emitter.elementwise('Exp', [thin(a)]);
    case 'logarithm':
      return emitter.elementwise('Log', [thin(a)]);
    case 'reciprocal':
      return emitter.elementwise('Reciprocal', [thin(a)]);
    case 'squareRoot':
      return emitter.elementwise('Sqrt', [thin(a)]);
    case 'reciprocalSquareRoot':
      return emitter.elementwise('Rsqrt', [thin(a)]);
    case 'scale':
      return emitter.elementwise('Mul', [thin(a), { ...emitter.fill(operation.factor, shape.length), order }]);
    case 'offset':
      return emitter.elementwise('AddV2', [thin(a), { ...emitter.fill(operation.value, shape.length), order }]);
    case 'relu':
      return emitter.elementwise('Relu', [thin(a)]);
    case 'positive': {
      const zero = { ...emitter.fill(0, shape.length), order };
      return truthToFloat(emitter, emitter.elementwise('Greater', [thin(a), zero]));
    }
    case 'multiplyScalar': {
      const scalar = full(a);
      const factor = {
        ...emitter.reshape(
          scalar,
          shape.map(() => 1),
        ),
        order,
      };
      return emitter.elementwise('Mul', [factor, thin(b)]);
    }

    case 'matrixMultiply':
      return emitter.emit('MatMul', [full(a), full(b)], plain(shape), {
        transpose_a: { boolean: operation.transposeLeft },
        transpose_b: { boolean: operation.transposeRight },
      });
    case 'reshape':
      return emitter.reshape(full(a), shape);
    case 'sum':
      return sumOverAxes(emitter, needed(a), operation.axes);
    case 'broadcast':
      return alongAxes(emitter, full(a), shape, order, (axis) => !operation.axes.includes(axis));
    case 'rowMaximum':
      return emitter.emit('Max', [full(a), emitter.integers([1])], plain(shape), indexAttributes);
    case 'rowArgumentMaximum':
      return firstMaximumOfRows(emitter, full(a), shape);

    case 'channelSum':
      return sumOverAxes(emitter, needed(a), allButChannels(needed(a)));
    case 'channelDot': {
      const { node, value } = needed(a);
      const product = emitter.elementwise('Mul', [value, emitter.inOrder(needed(b).value, value.order)]);
      return sumOverAxes(emitter, { node, value: product }, allButChannels(needed(a)));
    }
    case 'channelScale':
      return emitter.elementwise('Mul', [thin(a), alongAxes(emitter, full(b), shape, order, isChannel)]);
    case 'channelShift':
      return emitter.elementwise('AddV2', [thin(a), alongAxes(emitter, full(b), shape, order, isChannel)]);
    case 'channelBroadcast':
      return alongAxes(emitter, full(a), shape, order, isChannel);

    case 'convolution':
      return convolve(emitter, image(a), full(b, filterOrder), shape, operation);
    case 'convolutionInputGradient':
      return convolveToInput(emitter, image(a), full(b, filterOrder), operation);
    case 'convolutionFilterGradient':
      return convolveToFilter(emitter, image(a), image(b), operation);

    case 'maximumPool':
      return pool(emitter, image(a), shape, operation.window);
    case 'maximumPoolScatter': {
      const x = image(a);
      const y = pool(emitter, x, pooledShape(shape, operation.window), operation.window);
      const result = { shape: x.shape, order: imageOrder };
      return emitter.emit('MaxPoolGrad', [x, y, image(b)], result, poolAttributes(operation.window));
    }
    case 'maximumPoolGather': {
      const x = image(a);
      const y = pool(emitter, x, shape, operation.window);
      const result = { shape: y.shape, order: imageOrder };
      return emitter.emit('MaxPoolGradGrad', [x, y, image(b)], result, poolAttributes(operation.window));
    }
  }
}

const indexAttributes: Record<string, Attribute> = { Tidx: { type: 'int32' }, keep_dims: { boolean: false } };

function plain(shape: Shape): Omit<Value, 'name'> {
  return { shape, order: plainOrder(shape.length) };
}

/** Sum of a possibly thin value as if it were full: repeated axes count as often as they repeat. */
function sumOverAxes(emitter: Emitter, { value, node }: Operand, axes: readonly number[]): Value {
  const repeats = value.order.reduce(
    (product, axis, place) =>
      axes.includes(axis) ? (product * (node.shape[axis] ?? 1)) / (value.shape[place] ?? 1) : product,
    1,
  );
  const sum = emitter.sum(value, axes);
  return repeats === 1 ? sum : emitter.elementwise('Mul', [sum, emitter.fill(repeats, sum.shape.length)]);
}

/** A tensor that has exactly the axes of `shape` for which `present` holds, as a thin value of that shape. */
function alongAxes(
  emitter: Emitter,
  value: Value,
  shape: Shape,
  order: Order,
  present: (axis: number) => boolean,
): Value {
  const thinShape = shape.map((length, axis) => (present(axis) ? length : 1));
  const thinValue = emitter.reshape(emitter.inOrder(value, plainOrder(value.shape.length)), thinShape);
  return emitter.inOrder(thinValue, order);
}

function isChannel(axis: number): boolean {
  return axis === 1;
}

function allButChannels({ node }: Operand): number[] {
  return plainOrder(node.shape.length).filter((axis) => !isChannel(axis));
}

function pool(emitter: Emitter, x: Value, shape: Shape, window: number): Value {
  const result = { shape: ordered(shape, imageOrder), order: imageOrder };
  return emitter.emit('MaxPool', [x], result, poolAttributes(window));
}

function poolAttributes(window: number): Record<string, Attribute> {
  const side: Attribute = { integers: [1, window, window, 1] };
  return { ksize: side, strides: side, padding: { text: 'VALID' }, data_format: { text: 'NHWC' } };
}

/** 1 at the first greatest entry of each row, else 0. */
function firstMaximumOfRows(emitter: Emitter, x: Value, shape: Shape): Value {
  const [rows = 0, columns = 0] = shape;
  const winner = emitter.emit('ArgMax', [x, emitter.integers([1], [])], plain([rows]), {
    Tidx: { type: 'int32' },
    output_type: { type: 'int32' },
  });
  const column = emitter.emit('Reshape', [winner, emitter.integers([rows, 1])], plain([rows, 1]), {
    T: { type: 'int32' },
    Tshape: { type: 'int32' },
  });
  const places = emitter.integers([...Array(columns).keys()], [1, columns]);
  const equal = emitter.elementwise('Equal', [column, places], { T: { type: 'int32' } });
  return truthToFloat(emitter, equal);
}

function truthToFloat(emitter: Emitter, value: Value): Value {
  const name = emitter.add('Cast', [value.name], { SrcT: { type: 'boolean' }, DstT: { type: 'float' } });
  return { ...value, name };
}
