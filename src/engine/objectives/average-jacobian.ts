import { meanLogits } from './mean-logits.ts';
import { exactWithoutDraws, type Penalty } from './penalty.ts';

export type JacobianScale = 'code' | 'paper';

/**
 * s_j = 1^T fbar, the sum over the classes of the mean logit: R_j = || sum_c grad fbar_c ||^2.
 * `code` is the reference code's vector of ones, for which the published lambdas were tuned; `paper` is the uniform
 * vector (1/C) 1, which makes R_j C^2 times smaller. The bias of the last linear layer adds the constant C (`code`).
 * Source: Novack et al., ICLR 2023 (LB+AJ; `AvgJacLoss` in the reference code). Cost: as the Fisher trace.
 */
export function averageJacobian(scale: JacobianScale): Penalty {
  return {
    ...exactWithoutDraws,
    id: 'average-jacobian',
    scalar: ({ builder, logits }) => {
      const sum = builder.total(meanLogits(builder, logits));
      return scale === 'code' ? sum : builder.scale(sum, 1 / (builder.shape(logits)[1] ?? 1));
    },
    ofLoss: false,
    extraGradientEvaluations: 2,
  };
}
