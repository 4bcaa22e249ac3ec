import type { Penalty } from './penalty.ts';

/**
 * The squared norm of the micro-batch's loss gradient over all parameters together:
 *
 *   R_j = || grad ell_j ||^2,   grad R_j = 2 (Hessian of ell_j) grad ell_j,
 *
 * exact by a second reverse pass, through batch statistics too; no factor 1/2, no root.
 * Source: Novack, Kaur, Marwah, Garg, Lipton, "Disentangling the Mechanisms Behind Implicit Regularization in SGD",
 * ICLR 2023 (LB+GN; `RegLoss` in the reference code). Cost: one more backward pass through forward and backward graph.
 */
export const gradientNorm: Penalty = {
  id: 'gradient-norm',
  draws: () => ({}),
  value: ({ builder, lossGradients }) => builder.squaredNorm(lossGradients),
  extraGradientEvaluations: 1,
};
