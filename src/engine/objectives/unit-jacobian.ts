import { meanLogits } from './mean-logits.ts';
import type { Penalty } from './penalty.ts';

/**
 * s_j = u^T fbar with a random unit vector u in R^C, one for each micro-batch and shared by its images. E_u[R_j] =
 * || grad fbar ||_F^2 / C. The bias of the last linear layer adds the constant 1.
 * Source: Novack et al., ICLR 2023 (LB+UJ; `UnitJacLoss` in the reference code). Cost: as the Fisher trace.
 */
export const unitJacobian: Penalty = {
  id: 'unit-jacobian',
  draws: (_, classes) => ({ direction: { shape: [classes], law: { kind: 'unit-vector' } } }),
  scalar: ({ builder, logits, draw }) =>
    builder.total(builder.multiply(meanLogits(builder, logits), draw('direction'))),
  ofLoss: false,
  approximateGradient: undefined,
  extraGradientEvaluations: 2,
};
