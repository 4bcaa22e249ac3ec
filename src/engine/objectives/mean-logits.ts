import type { GraphBuilder } from '../graph/builder.ts';
import type { NodeId } from '../graph/graph.ts';

/** fbar = mean_i f(x_i): logits [m, C] to [C]. */
export function meanLogits(builder: GraphBuilder, logits: NodeId): NodeId {
  return builder.scale(builder.sum(logits, [0]), 1 / (builder.shape(logits)[0] ?? 1));
}
