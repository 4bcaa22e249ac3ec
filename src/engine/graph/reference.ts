import type { Graph, GraphNode, NodeId, Shape } from './graph.ts';
import { elementCount } from './shapes.ts';

/**
 * The graph in float64, by plain loops that follow the definitions: slow, and the oracle that rules and executors are
 * tested against. Returns the value of every node, row-major.
 */
export function evaluateReference(
  graph: Graph,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
): readonly Float64Array[] {
  const values: Float64Array[] = [];
  const valueOf = (id: NodeId | undefined): Float64Array => values[id ?? -1] ?? new Float64Array();
  const shapeOf = (id: NodeId | undefined): Shape => graph.nodes[id ?? -1]?.shape ?? [];
  for (const node of graph.nodes) {
    const [a, b] = node.inputs;
    values.push(evaluateNode(node, inputs, valueOf(a), valueOf(b), shapeOf(a), shapeOf(b)));
  }
  return values;
}

function evaluateNode(
  { operation, shape }: GraphNode,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
  a: Float64Array,
  b: Float64Array,
  shapeA: Shape,
  shapeB: Shape,
): Float64Array {
  switch (operation.kind) {
    case 'input':
      return Float64Array.from(inputs[operation.name] ?? []);
    case 'fill':
      return new Float64Array(elementCount(shape)).fill(operation.value);
    case 'add':
      return a.map((value, index) => value + at(b, index));
    case 'subtract':
      return a.map((value, index) => value - at(b, index));
    case 'multiply':
      return a.map((value, index) => value * at(b, index));
    case 'negate':
      return a.map((value) => -value);
    case 'exponential':
      return a.map(Math.exp);
    case 'logarithm':
      return a.map(Math.log);
    case 'reciprocal':
      return a.map((value) => 1 / value);
    case 'reciprocalSquareRoot':
      return a.map((value) => 1 / Math.sqrt(value));
    case 'squareRoot':
      return a.map(Math.sqrt);
    case 'scale':
      return a.map((value) => value * operation.factor);
    case 'offset':
      return a.map((value) => value + operation.value);
    case 'relu':
      return a.map((value) => Math.max(value, 0));
    case 'positive':
      return a.map((value) => (value > 0 ? 1 : 0));
    case 'multiplyScalar':
      return b.map((value) => at(a, 0) * value);
    case 'matrixMultiply':
      return matrixProduct(a, b, shapeA, shapeB, operation.transposeLeft, operation.transposeRight, shape);
    case 'reshape':
      return a.slice();
    case 'sum':
      return accumulate(shape, (add) => {
        eachReduced(shapeA, operation.axes, (full, reduced) => add(reduced, at(a, full)));
      });
    case 'broadcast':
      return accumulate(shape, (add) => {
        eachReduced(shape, operation.axes, (full, reduced) => add(full, at(a, reduced)));
      });
    case 'rowMaximum':
      return Float64Array.from({ length: shape[0] ?? 0 }, (_, row) => Math.max(...rowOf(a, row, shapeA)));
    case 'rowArgumentMaximum':
      return accumulate(shape, (add) => {
        for (let row = 0; row < (shape[0] ?? 0); row += 1) {
          const entries = rowOf(a, row, shape);
          add(row * entries.length + entries.indexOf(Math.max(...entries)), 1);
        }
      });
    case 'channelSum':
      return accumulate(shape, (add) => {
        eachChannel(shapeA, (index, channel) => add(channel, at(a, index)));
      });
    case 'channelDot':
      return accumulate(shape, (add) => {
        eachChannel(shapeA, (index, channel) => add(channel, at(a, index) * at(b, index)));
      });
    case 'channelScale':
      return accumulate(shape, (add) => {
        eachChannel(shape, (index, channel) => add(index, at(a, index) * at(b, channel)));
      });
    case 'channelShift':
      return accumulate(shape, (add) => {
        eachChannel(shape, (index, channel) => add(index, at(a, index) + at(b, channel)));
      });
    case 'channelBroadcast':
      return accumulate(shape, (add) => {
        eachChannel(shape, (index, channel) => add(index, at(a, channel)));
      });
    case 'convolution':
      return accumulate(shape, (add) => {
        eachTap(shapeA, shapeB, shape, operation, (x, filter, y) => add(y, at(a, x) * at(b, filter)));
      });
    case 'convolutionInputGradient':
      return accumulate(shape, (add) => {
        eachTap(shape, shapeB, shapeA, operation, (x, filter, y) => add(x, at(a, y) * at(b, filter)));
      });
    case 'convolutionFilterGradient':
      return accumulate(shape, (add) => {
        eachTap(shapeA, shape, shapeB, operation, (x, filter, y) => add(filter, at(a, x) * at(b, y)));
      });
    case 'maximumPool':
      return accumulate(shape, (add) => {
        eachMaximum(a, shapeA, shape, operation.window, (x, y) => add(y, at(a, x)));
      });
    case 'maximumPoolScatter':
      return accumulate(shape, (add) => {
        eachMaximum(a, shapeA, shapeB, operation.window, (x, y) => add(x, at(b, y)));
      });
    case 'maximumPoolGather':
      return accumulate(shape, (add) => {
        eachMaximum(a, shapeA, shape, operation.window, (x, y) => add(y, at(b, x)));
      });
  }
}

type Add = (index: number, value: number) => void;

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}

function accumulate(shape: Shape, fill: (add: Add) => void): Float64Array {
  const result = new Float64Array(elementCount(shape));
  fill((index, value) => {
    result[index] = at(result, index) + value;
  });
  return result;
}

function rowOf(values: Float64Array, row: number, shape: Shape): Float64Array {
  const columns = shape[1] ?? 0;
  return values.subarray(row * columns, (row + 1) * columns);
}

function matrixProduct(
  a: Float64Array,
  b: Float64Array,
  shapeA: Shape,
  shapeB: Shape,
  transposeLeft: boolean,
  transposeRight: boolean,
  [rows = 0, columns = 0]: Shape,
): Float64Array {
  const inner = shapeA[transposeLeft ? 0 : 1] ?? 0;
  const widthA = shapeA[1] ?? 0;
  const widthB = shapeB[1] ?? 0;
  return accumulate([rows, columns], (add) => {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        for (let index = 0; index < inner; index += 1) {
          const left = at(a, transposeLeft ? index * widthA + row : row * widthA + index);
          const right = at(b, transposeRight ? column * widthB + index : index * widthB + column);
          add(row * columns + column, left * right);
        }
      }
    }
  });
}

/** Visits every element of `shape` with its index and its index in the tensor without `axes`. */
function eachReduced(shape: Shape, axes: readonly number[], visit: (full: number, reduced: number) => void): void {
  for (let full = 0; full < elementCount(shape); full += 1) {
    let rest = full;
    let reduced = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const length = shape[axis] ?? 1;
      const coordinate = rest % length;
      rest = Math.floor(rest / length);
      if (axes.includes(axis)) continue;
      reduced += coordinate * stride;
      stride *= length;
    }
    visit(full, reduced);
  }
}

function eachChannel(shape: Shape, visit: (index: number, channel: number) => void): void {
  const [, channels = 1, ...rest] = shape;
  const area = elementCount(rest);
  for (let index = 0; index < elementCount(shape); index += 1) visit(index, Math.floor(index / area) % channels);
}

/** Visits every product of a convolution: input element x, filter element, output element y. Padding is skipped. */
function eachTap(
  [examples = 0, channelsIn = 0, height = 0, width = 0]: Shape,
  [channelsOut = 0, , kernelHeight = 0, kernelWidth = 0]: Shape,
  [, , heightOut = 0, widthOut = 0]: Shape,
  { stride, padding }: { stride: number; padding: number },
  visit: (x: number, filter: number, y: number) => void,
): void {
  for (let n = 0; n < examples; n += 1)
    for (let o = 0; o < channelsOut; o += 1)
      for (let i = 0; i < channelsIn; i += 1)
        for (let yo = 0; yo < heightOut; yo += 1)
          for (let xo = 0; xo < widthOut; xo += 1)
            for (let ky = 0; ky < kernelHeight; ky += 1)
              for (let kx = 0; kx < kernelWidth; kx += 1) {
                const yi = yo * stride + ky - padding;
                const xi = xo * stride + kx - padding;
                if (yi < 0 || yi >= height || xi < 0 || xi >= width) continue;
                visit(
                  ((n * channelsIn + i) * height + yi) * width + xi,
                  ((o * channelsIn + i) * kernelHeight + ky) * kernelWidth + kx,
                  ((n * channelsOut + o) * heightOut + yo) * widthOut + xo,
                );
              }
}

/** Visits every pooling window with its first greatest element x and its output element y. */
function eachMaximum(
  a: Float64Array,
  [, , height = 0, width = 0]: Shape,
  [examples = 0, channels = 0, heightOut = 0, widthOut = 0]: Shape,
  window: number,
  visit: (x: number, y: number) => void,
): void {
  for (let plane = 0; plane < examples * channels; plane += 1)
    for (let yo = 0; yo < heightOut; yo += 1)
      for (let xo = 0; xo < widthOut; xo += 1) {
        let greatest = (plane * height + yo * window) * width + xo * window;
        for (let offset = 0; offset < window * window; offset += 1) {
          const candidate =
            (plane * height + yo * window + Math.floor(offset / window)) * width + xo * window + (offset % window);
          if (at(a, candidate) > at(a, greatest)) greatest = candidate;
        }
        visit(greatest, (plane * heightOut + yo) * widthOut + xo);
      }
}
