import { exactWithoutDraws, type Penalty } from './penalty.ts';

/**
 * The squared norm of the micro-batch's loss gradient: s_j = ell_j, the cross-entropy with the true labels.
 * Source: Novack, Kaur, Marwah, Garg, Lipton, "Disentangling the Mechanisms Behind Implicit Regularization in SGD",
 * ICLR 2023 (LB+GN; `RegLoss` in the reference code). Cost: one more backward pass through forward and backward graph.
 */
export const gradientNorm: Penalty = {
  ...exactWithoutDraws,
  id: 'gradient-norm',
  scalar: ({ loss }) => loss,
  ofLoss: true,
  extraGradientEvaluations: 1,
};
