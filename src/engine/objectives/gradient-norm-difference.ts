import { displacementAlong } from './ascent.ts';
import { gradientNorm } from './gradient-norm.ts';
import type { Penalty } from './penalty.ts';

export type DifferenceScheme = 'forward' | 'central';

/**
 * The gradient-norm penalty with its gradient by a finite difference along the gradient itself, g = grad ell_j:
 *
 *   forward:  (2 norm(g) / r) [grad ell_j(theta + r g/norm(g)) - g]
 *   central:  (norm(g) / r)   [grad ell_j(theta + r g/norm(g)) - grad ell_j(theta - r g/norm(g))]
 *
 * A published approximation (Zhao, Zhang, Hu, ICML 2022; Karakida et al., ICML 2023), offered for comparison: every ReLU
 * kink that the step of length r crosses is counted, which exact differentiation does not do, so it is another method
 * and not a check of the exact one. Cost: one (forward) or two (central) more gradients.
 */
export function gradientNormDifference({
  scheme,
  radius,
}: {
  readonly scheme: DifferenceScheme;
  readonly radius: number;
}): Penalty {
  return {
    ...gradientNorm,
    id: `gradient-norm-${scheme}`,
    approximateGradient: ({ builder, lossGradients, lossAt }) => {
      const norm = builder.squareRoot(builder.squaredNorm(lossGradients));
      const ascended = lossAt(displacementAlong(builder, lossGradients, radius)).gradients;
      const [from, factor] =
        scheme === 'forward'
          ? [lossGradients, builder.scale(norm, 2 / radius)]
          : [lossAt(displacementAlong(builder, lossGradients, -radius)).gradients, builder.scale(norm, 1 / radius)];
      return ascended.map((id, index) => builder.multiplyScalar(factor, builder.subtract(id, from[index] ?? id)));
    },
    extraGradientEvaluations: scheme === 'forward' ? 1 : 2,
  };
}
