import type { GraphBuilder } from '../graph/builder.ts';
import type { NodeId } from '../graph/graph.ts';
import type { Draw } from '../graph/draws.ts';

/** What a penalty may build on: one micro-batch, its forward pass and the gradient of its loss. */
export interface MicroBatchTerms {
  readonly builder: GraphBuilder;
  /** [m, C], training mode. */
  readonly logits: NodeId;
  /** Mean cross-entropy, rank 0. */
  readonly loss: NodeId;
  /** Gradient of the loss by each parameter. */
  readonly lossGradients: readonly NodeId[];
  /** One of the penalty's own random draws for this micro-batch. */
  readonly draw: (name: string) => NodeId;
  /**
   * Loss and its gradient at the parameters moved by the given displacements: the same images and dropout masks, batch
   * statistics of that pass, running statistics left alone.
   */
  readonly lossAt: (displacements: readonly NodeId[]) => DisplacedLoss;
}

export interface DisplacedLoss {
  readonly loss: NodeId;
  readonly gradients: readonly NodeId[];
}

/**
 * A regulariser of one micro-batch, R_j = || grad s_j ||^2 over all parameters together: squared, no factor 1/2, no
 * root. The step minimises the mean over micro-batches of loss + lambda R_j.
 */
export interface Penalty {
  readonly id: string;
  /** Random values fed with every micro-batch of m images and C classes; empty where none are drawn. */
  readonly draws: (examples: number, classes: number) => Readonly<Record<string, Draw>>;
  /** s_j as a rank-0 node; draws are constants to every derivative. */
  readonly scalar: (terms: MicroBatchTerms) => NodeId;
  /** True where s_j is the loss itself, whose gradient is there already. */
  readonly ofLoss: boolean;
  /**
   * The gradient of R_j, 2 (Hessian of s_j)(grad s_j), where it is approximated; undefined = exact, by a second reverse
   * pass through the first, batch statistics included.
   */
  readonly approximateGradient: ((terms: MicroBatchTerms) => readonly NodeId[]) | undefined;
  /** Backward passes that an image costs beyond the one of the plain loss. */
  readonly extraGradientEvaluations: number;
}

/** A penalty differentiated exactly that draws nothing: what most of them are. */
export const exactWithoutDraws: Pick<Penalty, 'draws' | 'approximateGradient'> = {
  draws: () => ({}),
  approximateGradient: undefined,
};
