import type { GraphBuilder } from '../graph/builder.ts';
import type { NodeId } from '../graph/graph.ts';

/**
 * Mean cross-entropy of logits [m, C] against one-hot labels [m, C], in nats:
 *
 *   ell = -(1/m) sum_i sum_c y_ic (z_ic - ln sum_k e^(z_ik))
 *
 * Each row is shifted by its maximum first. The shift cancels in value and in every derivative, so treating it as a
 * constant is exact. Cost: a few passes over the logits.
 */
export function crossEntropy(builder: GraphBuilder, logits: NodeId, oneHot: NodeId): NodeId {
  const shape = builder.shape(logits);
  const alongRow = (perRow: NodeId): NodeId => builder.broadcast(perRow, shape, [1]);
  const shifted = builder.subtract(logits, alongRow(builder.rowMaximum(logits)));
  const logarithmOfSum = builder.logarithm(builder.sum(builder.exponential(shifted), [1]));
  const logProbabilities = builder.subtract(shifted, alongRow(logarithmOfSum));
  return builder.scale(builder.total(builder.multiply(logProbabilities, oneHot)), -1 / (shape[0] ?? 1));
}
