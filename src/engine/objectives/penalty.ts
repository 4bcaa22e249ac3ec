import type { GraphBuilder } from '../graph/builder.ts';
import type { NodeId, Shape } from '../graph/graph.ts';

/** What a penalty may build on: one micro-batch, its forward pass and the gradient of its loss. */
export interface MicroBatchTerms {
  readonly builder: GraphBuilder;
  /** [m, C], training mode. */
  readonly logits: NodeId;
  /** Mean cross-entropy, rank 0. */
  readonly loss: NodeId;
  readonly parameters: readonly NodeId[];
  /** Gradient of the loss by each parameter. */
  readonly lossGradients: readonly NodeId[];
  /** The penalty's own random draws for this micro-batch, by name. */
  readonly draws: Readonly<Record<string, NodeId>>;
}

/** A regulariser R_j of one micro-batch; the step minimises the mean over micro-batches of loss + lambda R_j. */
export interface Penalty {
  readonly id: string;
  /** Random values fed with every micro-batch of m images and C classes; empty where none are drawn. */
  readonly draws: (examples: number, classes: number) => Readonly<Record<string, Shape>>;
  /** R_j as a rank-0 node. Its gradient is taken by reverse mode through everything it is made of. */
  readonly value: (terms: MicroBatchTerms) => NodeId;
  /** Backward passes that an image costs beyond the one of the plain loss. */
  readonly extraGradientEvaluations: number;
}
