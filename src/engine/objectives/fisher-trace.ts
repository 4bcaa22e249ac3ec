import { crossEntropy } from './cross-entropy.ts';
import type { Penalty } from './penalty.ts';

/**
 * s_j = mean cross-entropy with labels drawn from the model's own predictions, one an image, anew for every micro-batch:
 *
 *   yhat_i ~ Categorical(softmax(f(x_i))), held constant by the derivatives (no score-function term).
 *
 * The label is the greatest entry of logits + Gumbel noise, which has exactly that distribution; so it is drawn inside
 * the graph, from the logits of the same pass. E[R_j] = tr(F_j) / m, F_j the Fisher matrix of the micro-batch: a
 * penalty alpha tr(F) corresponds to lambda = alpha m.
 * Source: Novack et al., ICLR 2023 (LB+FT; `FishLoss` in the reference code), after Jastrzebski et al., ICML 2021.
 * Cost: a backward pass for s_j and one more through both.
 */
export const fisherTrace: Penalty = {
  id: 'fisher-trace',
  draws: (examples, classes) => ({ labels: { shape: [examples, classes], law: { kind: 'gumbel' } } }),
  scalar: ({ builder, logits, draw }) =>
    crossEntropy(builder, logits, builder.rowArgumentMaximum(builder.add(logits, draw('labels')))),
  ofLoss: false,
  approximateGradient: undefined,
  extraGradientEvaluations: 2,
};
