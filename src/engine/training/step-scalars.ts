import type { Method } from '../methods/method.ts';
import { samplesPenalty } from './program.ts';
import type { AccumulatedGroup, TakenStep } from './group-step.ts';

/**
 * The recorded quantities of a step under the names of the series catalogue. Losses and penalties are (1/n) sums with
 * the nominal n, like the gradient; the penalty of a sampled form is that of its one micro-batch, without 1/n.
 */
export function stepScalars(
  method: Method,
  { results, ascended }: AccumulatedGroup,
  taken: TakenStep,
  microBatches: number,
): Record<string, number> {
  const total = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
    items.reduce((sum, item) => sum + value(item), 0);
  const loss = total(results, (result) => result.loss) / microBatches;
  const penalty = total(results, (result) => result.penalty ?? 0) / (samplesPenalty(method) ? 1 : microBatches);
  const weighted = (method.penalty?.lambda ?? 0) * penalty;
  const ascendedLosses = [
    ...ascended.map((pass) => pass.loss),
    ...results.flatMap(({ ascendedLoss }) => ascendedLoss ?? []),
  ];
  return {
    'train/loss': loss,
    'train/objective': loss + weighted,
    ...(method.penalty === undefined ? {} : { 'train/penalty': penalty, 'train/penalty_lambda': weighted }),
    'train/accuracy': total(results, (result) => result.correct) / total(results, (result) => result.examples),
    'train/gradient_norm': taken.gradientNorm,
    'train/loss_gradient_norm': taken.lossGradientNorm,
    ...(taken.termGradientNorm === undefined ? {} : { 'train/term_gradient_norm': taken.termGradientNorm }),
    'train/micro_gradient_norm_squared': total(results, (result) => result.lossGradientSquaredNorm) / results.length,
    ...(ascendedLosses.length === 0 ? {} : { 'train/ascended_loss': total(ascendedLosses, Number) / microBatches }),
    ...(taken.graftNorm === undefined ? {} : { 'train/graft_norm': taken.graftNorm }),
    'train/step_length': taken.stepLength,
  };
}
