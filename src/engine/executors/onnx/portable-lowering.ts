import type { GraphNode, Shape } from '../../graph/graph.ts';
import { elementCount } from '../../graph/shapes.ts';
import { Convolutions } from './convolutions.ts';
import type { Emitter, Value } from './emitter.ts';

/**
 * One node in standard ONNX operators, for any shape. Operands may be thin (emitter.ts); operators that broadcast take
 * them so, all others expand them first. Inputs are bound by the compiler and never get here. `routed`: the first operand
 * is also routed through by a pooling scatter or gather, so the places of its maxima are needed.
 */
export function lowerPortably(
  emitter: Emitter,
  { operation, shape }: GraphNode,
  operands: readonly Value[],
  operandShapes: readonly Shape[],
  routed: boolean,
): Value {
  const [a = emitter.fill(0, []), b = a] = operands;
  const [shapeA = [], shapeB = []] = operandShapes;
  const convolutions = new Convolutions(emitter);
  const fullA = (): Value => emitter.expand(a, shapeA);
  const fullB = (): Value => emitter.expand(b, shapeB);

  switch (operation.kind) {
    case 'input':
      throw new Error(`input ${operation.name} is bound by the compiler, not lowered`);
    case 'fill':
      return emitter.fill(
        operation.value,
        shape.map(() => 1),
      );

    case 'add':
      return emitter.elementwise('Add', [a, b]);
    case 'subtract':
      return emitter.elementwise('Sub', [a, b]);
    case 'multiply':
      return emitter.elementwise('Mul', [a, b]);
    case 'negate':
      return emitter.elementwise('Neg', [a]);
    case 'exponential':
      return emitter.elementwise('Exp', [a]);
    case 'logarithm':
      return emitter.elementwise('Log', [a]);
    case 'reciprocal':
      return emitter.elementwise('Reciprocal', [a]);
    case 'squareRoot':
      return emitter.elementwise('Sqrt', [a]);
    case 'reciprocalSquareRoot':
      return emitter.elementwise('Reciprocal', [emitter.elementwise('Sqrt', [a])]);
    case 'scale':
      return emitter.elementwise('Mul', [a, emitter.fill(operation.factor, [])]);
    case 'offset':
      return emitter.elementwise('Add', [a, emitter.fill(operation.value, [])]);
    case 'relu':
      return emitter.elementwise('Relu', [a]);
    case 'positive':
      return toFloat(emitter, emitter.elementwise('Greater', [a, emitter.fill(0, [])]));
    case 'multiplyScalar':
      return emitter.elementwise('Mul', [b, a]);

    case 'matrixMultiply':
      return emitter.emit('Gemm', [fullA(), fullB()], shape, {
        attributes: { transA: Number(operation.transposeLeft), transB: Number(operation.transposeRight) },
      });
    case 'reshape':
      return emitter.reshape(fullA(), shape);
    case 'sum':
      return sumOverAxes(emitter, a, shapeA, operation.axes);
    case 'broadcast':
      return emitter.reshape(
        fullA(),
        shape.map((length, axis) => (operation.axes.includes(axis) ? 1 : length)),
      );
    case 'rowMaximum':
      return emitter.emit('ReduceMax', [fullA(), emitter.integers([1])], shape, { attributes: { keepdims: 0 } });
    case 'rowArgumentMaximum': {
      const [rows = 0, columns = 0] = shape;
      const winner = emitter.emit('ArgMax', [fullA()], [rows, 1], { attributes: { axis: 1 } });
      return toFloat(emitter, emitter.emit('Equal', [winner, emitter.integers([...Array(columns).keys()])], shape));
    }

    case 'channelSum':
      return sumOverAxes(emitter, a, shapeA, allButChannels(shapeA));
    case 'channelDot':
      return sumOverAxes(emitter, emitter.elementwise('Mul', [a, b]), shapeA, allButChannels(shapeA));
    case 'channelScale':
      return emitter.elementwise('Mul', [a, alongChannels(emitter, fullB(), shape)]);
    case 'channelShift':
      return emitter.elementwise('Add', [a, alongChannels(emitter, fullB(), shape)]);
    case 'channelBroadcast':
      return alongChannels(emitter, fullA(), shape);

    case 'convolution':
      return convolutions.convolve(fullA(), fullB(), shape, operation);
    case 'convolutionInputGradient':
      return convolutions.inputGradient(fullA(), fullB(), shape, operation);
    case 'convolutionFilterGradient':
      return convolutions.filterGradient(fullA(), fullB(), shape, operation);

    case 'maximumPool':
      return routed
        ? poolWithPlaces(emitter, fullA(), shape, operation.window)[0]
        : emitter.emit('MaxPool', [fullA()], shape, { attributes: poolWindow(operation.window) });
    case 'maximumPoolScatter': {
      const places = poolWithPlaces(emitter, fullA(), shapeB, operation.window)[1];
      return emitter.emit('MaxUnpool', [fullB(), places, emitter.integers(shape)], shape, {
        attributes: poolWindow(operation.window),
      });
    }
    case 'maximumPoolGather': {
      const places = poolWithPlaces(emitter, fullA(), shape, operation.window)[1];
      const flat = [elementCount(shape)];
      const gathered = emitter.emit(
        'GatherElements',
        [emitter.reshape(fullB(), [elementCount(shapeA)]), emitter.reshape(places, flat)],
        flat,
      );
      return emitter.reshape(gathered, shape);
    }
  }
}

function poolWindow(window: number): Record<string, readonly number[]> {
  return { kernel_shape: [window, window], strides: [window, window] };
}

/** Maxima and their places as indices into the flattened image; among equals MaxPool reports the first. */
function poolWithPlaces(emitter: Emitter, x: Value, shape: Shape, window: number): [Value, Value] {
  return emitter.emitPair('MaxPool', [x], shape, { attributes: poolWindow(window) });
}

/** Sum of a possibly thin value as if it were full: repeated axes count as often as they repeat. */
function sumOverAxes(emitter: Emitter, value: Value, full: Shape, axes: readonly number[]): Value {
  const repeats = axes.reduce((product, axis) => product * ((full[axis] ?? 1) / (value.shape[axis] ?? 1)), 1);
  const sum = emitter.sum(value, axes);
  return repeats === 1 ? sum : emitter.elementwise('Mul', [sum, emitter.fill(repeats, [])]);
}

function allButChannels(shape: Shape): number[] {
  return [...shape.keys()].filter((axis) => axis !== 1);
}

/** A vector [C] as a thin value of [N, C, ...]. */
function alongChannels(emitter: Emitter, vector: Value, full: Shape): Value {
  return emitter.reshape(
    vector,
    full.map((length, axis) => (axis === 1 ? length : 1)),
  );
}

function toFloat(emitter: Emitter, value: Value): Value {
  const float = 1;
  return emitter.emit('Cast', [value], value.shape, { attributes: { to: float }, layout: value.layout });
}
