import type { GraphBuilder } from '../graph/builder.ts';
import type { NodeId } from '../graph/graph.ts';

/** Keeps 1/norm finite at a zero gradient; far below the square of any norm that float32 gradients can have. */
const smallestSquare = 1e-30;

/** 1 / norm of all given nodes together, rank 0; a huge finite number where they are all zero. */
export function reciprocalNorm(builder: GraphBuilder, nodes: readonly NodeId[]): NodeId {
  return builder.reciprocalSquareRoot(builder.offset(builder.squaredNorm(nodes), smallestSquare));
}

/** length * v / norm(v), the norm global; no displacement at all where v is zero. */
export function displacementAlong(builder: GraphBuilder, v: readonly NodeId[], length: number): NodeId[] {
  const factor = builder.scale(reciprocalNorm(builder, v), length);
  return v.map((id) => builder.multiplyScalar(factor, id));
}
