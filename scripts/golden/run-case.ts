import { MicrobatchError } from '../../src/contracts/errors.ts';
import type { Executor } from '../../src/engine/executors/executor.ts';
import type { Method } from '../../src/engine/methods/method.ts';
import { bufferSpecifications, parameterSpecifications } from '../../src/engine/models/model.ts';
import { crossEntropyOf, evaluateSplit } from '../../src/engine/training/evaluate.ts';
import { stepScalars } from '../../src/engine/training/trainer.ts';
import { TrainingSession, type MicroBatchResult } from '../../src/engine/training/training-session.ts';
import type { GoldenCase, MicroFigures, StepFigures } from './case.ts';
import { Checks, limits, type Worst } from './checks.ts';
import { globalNorm, groupStatistics } from './group-statistics.ts';
import { Inspection, type Inspected } from './inspection.ts';

type Tensors = Readonly<Record<string, Float32Array>>;

/** Trains a case as its file says, compares everything that it offers, and gives the comparison nearest to its limit. */
export async function runCase(golden: GoldenCase, method: Method, executor: Executor): Promise<Worst> {
  const { figures, model } = golden;
  const { hyper, network } = figures;
  const checks = new Checks();
  const n = method.microBatches(hyper.batch ?? hyper.micro_batch, hyper.micro_batch);
  checks.exact('n', n, hyper.n);

  const specifications = parameterSpecifications(model);
  requireSameNames(specifications, network.parameters);
  requireSameNames(bufferSpecifications(model), network.buffers);
  const parameterNames = specifications.map(({ name }) => name);
  const bufferNames = bufferSpecifications(model).map(({ name }) => name);

  const sizes = [...new Set(figures.micro_batches.map(({ size }) => size))];
  const evaluationSize = figures.final.examples;
  const session = await TrainingSession.open(executor, {
    model,
    method,
    microBatchSizes: sizes,
    microBatches: n,
    evaluationSize,
  });
  const inspection = await Inspection.open(executor, model, method, sizes);
  try {
    for (const name of parameterNames) await session.write(`parameter/${name}`, floats(golden, `init/${name}`));
    for (const name of bufferNames) await session.write(`buffer/${name}`, floats(golden, `init/${name}`));

    let methodState = method.initialState;
    let epoch = { number: -1, correct: 0, examples: 0, objective: 0, steps: 0 };
    for (const step of figures.steps) {
      const results: MicroBatchResult[] = [];
      const inspected: Inspected[] = [];
      const parameters = await readAll(session, 'parameter', parameterNames);
      for (const micro of step.micro) {
        const images = floats(golden, `batch/${String(micro.index)}/x`);
        const labels = integers(golden, `batch/${String(micro.index)}/y`);
        const opened = await inspection.run(images, oneHot(labels, model.classes), micro.size, parameters);
        const result = await session.accumulate({ images, labels });
        checkMicroBatch(checks, golden, micro, opened, result, hyper.lambda ?? 0);
        inspected.push(opened);
        results.push(result);
      }
      checkTensors(
        checks,
        golden,
        `step/${String(step.step)}/grad`,
        await readAll(session, 'gradient', parameterNames),
      );

      const { scale, state } = method.update(methodState, {
        step: step.step - 1,
        learningRate: hyper.learning_rate,
        microGradientNorms: results.map(({ lossGradientSquaredNorm }) => Math.sqrt(lossGradientSquaredNorm)),
      });
      methodState = state;
      const applied = await session.apply(scale);
      const scalars = stepScalars(results, applied, scale, n, method.penalty?.lambda);
      checkStep(checks, step, scalars, scale);
      checkGroup(checks, step, inspected);

      if (epoch.number !== step.epoch) epoch = { number: step.epoch, correct: 0, examples: 0, objective: 0, steps: 0 };
      epoch.correct += results.reduce((sum, { correct }) => sum + correct, 0);
      epoch.examples += results.reduce((sum, { examples }) => sum + examples, 0);
      epoch.objective += scalars['train/objective'] ?? Number.NaN;
      epoch.steps += 1;
      const label = `step ${String(step.step)}`;
      checks.exact(`${label} epoch accuracy`, (100 * epoch.correct) / epoch.examples, step.epoch_accuracy_percent);
      checks.figure(`${label} epoch loss`, epoch.objective / epoch.steps, step.epoch_avg_loss);

      const after = `step/${String(step.step)}/after`;
      const updated = await readAll(session, 'parameter', parameterNames);
      const moved = await readAll(session, 'buffer', bufferNames);
      for (const suffix of ['', '64']) {
        checkEach(checks, golden, `${after}${suffix}`, updated, limits.parameter);
        checkEach(checks, golden, `${after}${suffix}`, moved, limits.runningStatistic);
      }
    }
    await checkEvaluation(checks, golden, session);
  } finally {
    await session.dispose();
    await inspection.dispose();
  }
  return checks.worst;
}

function checkMicroBatch(
  checks: Checks,
  golden: GoldenCase,
  expected: MicroFigures,
  opened: Inspected,
  result: MicroBatchResult,
  lambda: number,
): void {
  const label = `micro-batch ${String(expected.index)}`;
  const penalty = opened.penalty ?? 0;
  checks.absolute(
    `${label} logits`,
    opened.logits,
    numbers(golden, `micro/${String(expected.index)}/logits`),
    limits.logit,
  );
  checks.exact(`${label} correct`, result.correct, expected.correct);
  checks.figure(`${label} loss`, opened.loss, expected.loss);
  checks.figure(`${label} accumulated loss`, result.loss, expected.loss);
  checks.figure(`${label} loss gradient norm`, globalNorm(opened.lossGradients), expected.loss_grad_norm);
  checks.figure(
    `${label} accumulated loss gradient norm`,
    Math.sqrt(result.lossGradientSquaredNorm),
    expected.loss_grad_norm,
  );
  checks.figure(`${label} s`, opened.loss, expected.s);
  checks.figure(`${label} penalty`, penalty, expected.penalty);
  checks.figure(`${label} accumulated penalty`, result.penalty ?? 0, expected.penalty);
  checks.figure(`${label} penalty gradient norm`, globalNorm(opened.penaltyGradients), expected.penalty_grad_norm);
  checks.figure(`${label} objective`, opened.loss + lambda * penalty, expected.objective);
  const objectiveNorm = globalNorm(opened.lossGradients, lambda, opened.penaltyGradients);
  checks.figure(`${label} objective gradient norm`, objectiveNorm, expected.objective_grad_norm);
  if (expected.index !== 0) return;
  checkTensors(checks, golden, 'micro/0/loss_grad', opened.lossGradients);
  if (opened.penalty === undefined) return;
  checkTensors(checks, golden, 'micro/0/penalty_grad', opened.penaltyGradients);
  checks.figure('closed form of the penalty', opened.penalty, golden.figures.closed_form?.regloss);
}

function checkStep(checks: Checks, step: StepFigures, scalars: Readonly<Record<string, number>>, scale: number): void {
  const compare = (series: string, expected: number | undefined): void => {
    checks.figure(`step ${String(step.step)} ${series}`, scalars[series] ?? Number.NaN, expected);
  };
  checks.figure(`step ${String(step.step)} scale`, scale, step.scale);
  compare('train/loss', step.loss_mean);
  compare('train/penalty', step.penalty_mean);
  compare('train/penalty_lambda', step.penalty_lambda);
  compare('train/objective', step.objective);
  compare('train/loss_gradient_norm', step.loss_grad_norm);
  compare('train/loss_gradient_norm', step.s_grad_norm);
  compare('train/gradient_norm', step.grad_norm);
  compare('train/step_length', step.step_length);
  compare('train/micro_gradient_norm_squared', step.micro_grad_sqnorm_mean);
}

function checkGroup(checks: Checks, step: StepFigures, inspected: readonly Inspected[]): void {
  const label = `step ${String(step.step)}`;
  const group = groupStatistics(inspected.map(({ lossGradients }) => lossGradients));
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

async function checkEvaluation(checks: Checks, golden: GoldenCase, session: TrainingSession): Promise<void> {
  const { final } = golden.figures;
  const images = floats(golden, 'eval/x');
  const labels = integers(golden, 'eval/y');
  const { classes, inputShape } = golden.model;
  const logits = await session.evaluate(images);
  for (const suffix of ['', '64']) {
    const name = `final/eval_logits${suffix}`;
    if (golden.tensors.has(name)) checks.absolute(name, logits, numbers(golden, name), limits.logit);
  }
  const split = { size: final.examples, classes, inputShape, read: () => ({ images, labels }) };
  const { loss, accuracy } = await evaluateSplit(session, split);
  checks.figure('final loss', loss, final.loss);
  checks.exact('final accuracy', 100 * accuracy, final.accuracy_percent);

  const losses = [...labels].map((label, example) =>
    crossEntropyOf(logits.subarray(example * classes, (example + 1) * classes), label),
  );
  let sumOfMeans = 0;
  for (let start = 0; start < losses.length; start += final.eval_batch) {
    const batch = losses.slice(start, start + final.eval_batch);
    sumOfMeans += batch.reduce((sum, value) => sum + value, 0) / batch.length;
  }
  checks.figure('final average test loss of the reference', sumOfMeans / losses.length, final.reference_avg_test_loss);
}

/** All tensors together, against `PREFIX/NAME` and, where given, `PREFIX64/NAME`. */
function checkTensors(checks: Checks, golden: GoldenCase, prefix: string, actual: Tensors): void {
  for (const full of [prefix, `${prefix}64`]) {
    const pairs = Object.entries(actual).flatMap(([name, data]) =>
      golden.tensors.has(`${full}/${name}`) ? [[data, numbers(golden, `${full}/${name}`)] as const] : [],
    );
    if (full === prefix && pairs.length !== Object.keys(actual).length) throw badCase(`${prefix} lacks tensors`);
    if (pairs.length > 0) checks.relativeNorm(full, pairs, limits.gradient);
  }
}

function checkEach(checks: Checks, golden: GoldenCase, prefix: string, actual: Tensors, limit: number): void {
  for (const [name, data] of Object.entries(actual)) {
    const stored = `${prefix}/${name}`;
    // Float64 copies are optional, float32 ones are not.
    if (prefix.endsWith('64') && !golden.tensors.has(stored)) continue;
    checks.absolute(stored, data, numbers(golden, stored), limit);
  }
}

async function readAll(session: TrainingSession, prefix: string, names: readonly string[]): Promise<Tensors> {
  const tensors: Record<string, Float32Array> = {};
  for (const name of names) tensors[name] = await session.read(`${prefix}/${name}`);
  return tensors;
}

function oneHot(labels: Int32Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (const [example, label] of labels.entries()) rows[example * classes + label] = 1;
  return rows;
}

function floats(golden: GoldenCase, name: string): Float32Array {
  const tensor = golden.tensors.get(name);
  if (tensor?.type === 'F32') return tensor.data;
  throw badCase(`there is no float32 tensor ${name}`);
}

function integers(golden: GoldenCase, name: string): Int32Array {
  const tensor = golden.tensors.get(name);
  if (tensor?.type === 'I32') return tensor.data;
  throw badCase(`there is no int32 tensor ${name}`);
}

function numbers(golden: GoldenCase, name: string): Float32Array | Float64Array {
  const tensor = golden.tensors.get(name);
  if (tensor?.type === 'F32' || tensor?.type === 'F64') return tensor.data;
  throw badCase(`there is no tensor ${name} of floating-point numbers`);
}

function requireSameNames(
  specifications: readonly { name: string; shape: readonly number[] }[],
  expected: Readonly<Record<string, readonly number[]>>,
): void {
  const describe = (entries: readonly (readonly [string, readonly number[]])[]): string =>
    entries.map(([name, shape]) => `${name} [${shape.join(', ')}]`).join('; ');
  const ours = describe(specifications.map(({ name, shape }) => [name, shape]));
  const theirs = describe(Object.entries(expected));
  if (ours !== theirs) throw badCase(`the model has the tensors ${ours}, the case ${theirs}`);
}

function badCase(problem: string): MicrobatchError {
  return new MicrobatchError({ code: 'golden/bad-case', message: problem });
}
