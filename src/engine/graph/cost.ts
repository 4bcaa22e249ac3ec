import type { Graph, GraphNode, Shape } from './graph.ts';
import { elementCount } from './shapes.ts';

/**
 * Floating-point operations of one evaluation of a graph. A multiply-add of a product or a convolution counts as two
 * (padding counted as if it were data), any other operation as one for each element it reads or writes, whichever is more.
 */
export function floatingPointOperations(graph: Graph): number {
  return graph.nodes.reduce((total, node) => total + operationsOf(graph, node), 0);
}

function operationsOf(graph: Graph, { operation, inputs, shape }: GraphNode): number {
  const shapes = inputs.map((id): Shape => graph.nodes[id]?.shape ?? []);
  const [first = [], second = []] = shapes;
  switch (operation.kind) {
    case 'input':
    case 'fill':
    case 'reshape':
      return 0;
    case 'matrixMultiply':
      return 2 * elementCount(shape) * (first[operation.transposeLeft ? 0 : 1] ?? 1);
    case 'convolution':
      return convolutionOperations(second, shape);
    case 'convolutionInputGradient':
      return convolutionOperations(second, first);
    case 'convolutionFilterGradient':
      return convolutionOperations(shape, second);
    default:
      return Math.max(elementCount(shape), ...shapes.map(elementCount));
  }
}

/** Two for each filter element of one output channel, at each output element. */
function convolutionOperations(filter: Shape, output: Shape): number {
  return 2 * elementCount(output) * elementCount(filter.slice(1));
}
