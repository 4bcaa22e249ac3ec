import { samplesPenalty } from '../../src/engine/training/program.ts';
import type { Method } from '../../src/engine/methods/method.ts';
import type { AccumulatedGroup, TakenStep } from '../../src/engine/training/group-step.ts';
import type { GoldenCase, MicroFigures, StepFigures } from './case.ts';
import { checkTensors, hasTensors, type Tensors } from './check-tensors.ts';
import { limits, type Checks } from './checks.ts';
import { globalNorm, groupStatistics } from './group-statistics.ts';
import type { OpenedGroup } from './run-case.ts';
import { badCase, numbers } from './tensors.ts';

/** One micro-batch of a step: what training reported about it, and its graph opened up. */
export function checkMicroBatch(
  checks: Checks,
  golden: GoldenCase,
  expected: MicroFigures,
  group: AccumulatedGroup,
  { at, turned }: OpenedGroup,
  position: number,
): void {
  const label = `micro-batch ${String(expected.index)}`;
  const prefix = `micro/${String(expected.index)}`;
  const opened = at[position];
  const result = group.results[position];
  if (opened === undefined || result === undefined) throw badCase(`${label} was not run`);
  const compare = (quantity: string, actual: number | undefined, wanted: number | undefined): void =>
    checks.figure(`${label} ${quantity}`, actual ?? Number.NaN, wanted);
  const { loss, scalar, penalty } = opened;
  const lambda = golden.figures.hyper.lambda ?? 0;

  checks.absolute(`${label} logits`, opened.logits, numbers(golden.tensors, `${prefix}/logits`), limits.logit);
  checks.exact(`${label} correct`, result.correct, expected.correct);
  compare('loss', loss.value, expected.loss);
  compare('accumulated loss', result.loss, expected.loss);
  compare('loss gradient norm', globalNorm(loss.gradients), expected.loss_grad_norm);
  compare('accumulated loss gradient norm', Math.sqrt(result.lossGradientSquaredNorm), expected.loss_grad_norm);
  if (expected.s !== undefined) {
    // A Jacobian's s is a sum of logits that may cancel: it inherits their absolute limit.
    const allowance = Math.max(limits.figure * Math.abs(expected.s), limits.logit);
    checks.record(`${label} s`, Math.abs((scalar?.value ?? Number.NaN) - expected.s), allowance);
  }
  compare('penalty', penalty?.value, expected.penalty);
  compare('accumulated penalty', result.penalty, expected.penalty);
  compare('penalty gradient norm', globalNorm(penalty?.gradients ?? {}), expected.penalty_grad_norm);
  compare('objective', loss.value + lambda * (result.penalty ?? 0), expected.objective);
  compare(
    'objective gradient norm',
    globalNorm(loss.gradients, lambda, penalty?.gradients),
    expected.objective_grad_norm,
  );

  const second = group.ascended[position];
  compare('perturbed loss', second?.loss ?? result.ascendedLoss ?? opened.ascended?.value, expected.perturbed_loss);
  compare('perturbed loss on the other side', turned[position]?.ascended?.value, expected.perturbed_loss_minus);
  const perturbedNorm =
    second === undefined ? globalNorm(opened.ascended?.gradients ?? {}) : Math.sqrt(second.gradientSquaredNorm);
  compare('perturbed gradient norm', perturbedNorm, expected.perturbed_grad_norm);

  const stored: readonly (readonly [string, Tensors | undefined])[] = [
    ['loss_grad', loss.gradients],
    ['s_grad', scalar?.gradients],
    ['penalty_grad', penalty?.gradients],
  ];
  for (const [name, actual] of stored) {
    if (hasTensors(golden, `${prefix}/${name}`)) checkTensors(checks, golden, `${prefix}/${name}`, actual ?? {});
  }
  if (position === 0) checkClosedForm(checks, golden, expected.index, penalty?.value);
}

/** Formulae for micro-batch 0 of the linear model at its start. */
function checkClosedForm(checks: Checks, { figures }: GoldenCase, index: number, penalty: number | undefined): void {
  const { closed_form: closed, method, hyper } = figures;
  if (index !== 0 || closed === undefined) return;
  const expected: Readonly<Record<string, number>> = {
    RegLoss: closed.regloss,
    SampledRegLoss: closed.regloss,
    'RegLossFD-forward': closed.regloss,
    'RegLossFD-central': closed.regloss,
    AvgJacLoss: hyper.aj_scale === 'paper' ? closed.avgjac_paper : closed.avgjac_code,
    UnitJacLoss: closed.unitjac_for_norm_one,
  };
  checks.figure('closed form of the penalty', penalty ?? Number.NaN, expected[method]);
}

/** The recorded series of a step, its scale and what was grafted. */
export function checkStep(
  checks: Checks,
  step: StepFigures,
  scalars: Readonly<Record<string, number>>,
  taken: TakenStep,
  method: Method,
): void {
  const label = `step ${String(step.step)}`;
  const compare = (series: string, expected: number | undefined): void => {
    checks.figure(`${label} ${series}`, scalars[series] ?? Number.NaN, expected);
  };
  checks.figure(`${label} scale`, taken.scale, step.scale);
  compare('train/graft_norm', step.graft_norm);
  compare('train/loss', step.loss_mean);
  compare('train/penalty', step.penalty_mean);
  compare('train/penalty_lambda', step.penalty_lambda);
  compare('train/objective', step.objective);
  compare('train/loss_gradient_norm', step.loss_grad_norm);
  const ofLoss = method.penalty?.definition.ofLoss ?? true;
  if (!samplesPenalty(method)) {
    compare(ofLoss ? 'train/loss_gradient_norm' : 'train/term_gradient_norm', step.s_grad_norm);
  }
  compare('train/gradient_norm', step.grad_norm);
  compare('train/step_length', step.step_length);
  compare('train/micro_gradient_norm_squared', step.micro_grad_sqnorm_mean);
}

/** What the micro-batch gradients of a step have in common. */
export function checkGroup(checks: Checks, step: StepFigures, lossGradients: readonly Tensors[]): void {
  const label = `step ${String(step.step)}`;
  const group = groupStatistics(lossGradients);
  checks.figure(`${label} mean micro-batch gradient norm`, group.normMean, step.micro_grad_norm_mean);
  checks.figure(`${label} gradient diversity`, group.diversity, step.gradient_diversity);
  const allowance = limits.figure * step.micro_grad_sqnorm_mean;
  if (step.micro_cosine_mean !== undefined) {
    checks.record(`${label} cosine`, Math.abs(group.cosineMean - step.micro_cosine_mean), allowance);
  }
  const noise = step.noise_scale;
  if (noise === undefined) return;
  const { b_small: small, b_big: big } = noise;
  const signal = (big * group.meanSquaredNorm - small * group.squaredNormMean) / (big - small);
  const variance = (group.squaredNormMean - group.meanSquaredNorm) / (1 / small - 1 / big);
  checks.record(`${label} noise scale g2`, Math.abs(signal - noise.g2), allowance);
  checks.record(`${label} noise scale s`, Math.abs(variance - noise.s), allowance * small);
  // The ratio inherits the allowances of its two cancelling parts.
  const share = allowance / Math.abs(noise.g2) + (allowance * small) / Math.abs(noise.s);
  checks.record(`${label} noise scale`, Math.abs(variance / signal - noise.b_simple), Math.abs(noise.b_simple) * share);
}
