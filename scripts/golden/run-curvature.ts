import type { Executor, ProgramFunction } from '../../src/engine/executors/executor.ts';
import { GraphBuilder } from '../../src/engine/graph/builder.ts';
import type { NodeId } from '../../src/engine/graph/graph.ts';
import { finishFunction } from '../../src/engine/graph/program.ts';
import { gradient } from '../../src/engine/graph/reverse.ts';
import { lanczos } from '../../src/engine/instruments/lanczos.ts';
import { LossHessian } from '../../src/engine/instruments/loss-hessian.ts';
import { forward } from '../../src/engine/models/forward.ts';
import { bufferSpecifications, parameterSpecifications } from '../../src/engine/models/model.ts';
import { crossEntropy } from '../../src/engine/objectives/cross-entropy.ts';
import { declare } from '../../src/engine/training/micro-batch.ts';
import { Checks, limits, type Worst } from './checks.ts';
import { readCurvatureCase, type CurvatureCase } from './curvature-case.ts';
import { floats, integers, numbers, oneHot } from './tensors.ts';

/** Products that the outermost eigenvalues of these nets need to converge. */
const lanczosSteps = 150;

/** Hessian products, its trace and eigenvalues, and Fisher traces of one micro-batch. */
export async function runCurvature(path: string, executor: Executor): Promise<Worst> {
  const golden = readCurvatureCase(path);
  const checks = new Checks();
  await checkHessian(checks, golden, executor);
  await checkFisher(checks, golden, executor, 'train', golden.figures.fisher);
  const { fisher_eval_mode: evaluation } = golden.figures;
  if (evaluation !== undefined) await checkFisher(checks, golden, executor, 'evaluation', evaluation);
  return checks.worst;
}

async function checkHessian(checks: Checks, golden: CurvatureCase, executor: Executor): Promise<void> {
  const { figures, tensors, model } = golden;
  const { hessian: expected, probes } = figures;
  const allowance = limits.figure * expected.frobenius_norm;
  const close = (quantity: string, actual: number, wanted: number): void =>
    checks.record(quantity, Math.abs(actual - wanted), allowance);
  const labels = integers(tensors, 'batch/0/y');
  const batch = { images: floats(tensors, 'batch/0/x'), oneHot: oneHot(labels, model.classes) };
  const hessian = await LossHessian.open(executor, model, labels.length);
  try {
    await hessian.moveTo(initialValues(golden, 'parameter'));
    const multiply = (vector: Float64Array): Promise<Float64Array> => hessian.multiply(batch, vector);
    checks.exact('parameters', hessian.dimension, figures.network.parameter_count);

    for (const [index, probe] of probes.entries()) {
      const vector = joined(golden, `probe/${String(index)}`);
      const product = await multiply(vector);
      close(`probe ${String(index)} v.Hv`, dot(vector, product), probe.v_Hv);
      checks.figure(`probe ${String(index)} |Hv|`, norm(product), probe.Hv_norm);
      if (index === 0) checks.relativeNorm('hvp/0', [[product, joined(golden, 'hvp/0')]], limits.gradient);
    }

    let trace = 0;
    let squares = 0;
    let diagonalSquares = 0;
    for (let index = 0; index < hessian.dimension; index += 1) {
      const column = await multiply(new Float64Array(hessian.dimension).with(index, 1));
      const diagonal = column[index] ?? Number.NaN;
      trace += diagonal;
      squares += dot(column, column);
      diagonalSquares += diagonal * diagonal;
    }
    close('trace', trace, expected.trace);
    checks.figure('Frobenius norm', Math.sqrt(squares), expected.frobenius_norm);
    checks.figure('off-diagonal squares', squares - diagonalSquares, expected.offdiagonal_square_sum);
    checks.figure('variance', 2 * (squares - diagonalSquares), expected.hutchinson_variance_rademacher);

    const { values, vector } = await lanczos(multiply, joined(golden, 'probe/0'), lanczosSteps);
    for (const [index, wanted] of expected.top_eigenvalues.entries()) {
      close(`eigenvalue ${String(index)}`, values[index] ?? Number.NaN, wanted);
    }
    const last = values.at(-1) ?? Number.NaN;
    close('smallest eigenvalue', last, expected.bottom_eigenvalues[0] ?? Number.NaN);
    close('spectral radius', Math.max(Math.abs(values[0] ?? Number.NaN), Math.abs(last)), expected.spectral_radius);
    const cosine = Math.abs(dot(vector(0), joined(golden, 'top_eigenvector')));
    checks.record('top eigenvector, 1 - cosine', Math.abs(1 - cosine), limits.figure);
  } finally {
    await hessian.dispose();
  }
}

/**
 * The exact Fisher trace: mean over images of the expected squared norm of grad log p(y|x), and the same with the true
 * labels. Labels with a single entry make the mean loss -(1/m) log p(candidate | image).
 */
async function checkFisher(
  checks: Checks,
  golden: CurvatureCase,
  executor: Executor,
  mode: 'train' | 'evaluation',
  expected: { readonly trace: number; readonly empirical_trace_true_labels: number },
): Promise<void> {
  const { figures, tensors, model } = golden;
  const labels = integers(tensors, 'batch/0/y');
  const examples = labels.length;
  const session = await executor.load({ state: {}, functions: { score: scoreFunction(golden, examples, mode) } });
  const fixed: Record<string, Float32Array> = { images: floats(tensors, 'batch/0/x') };
  for (const [name, data] of Object.entries(initialValues(golden, 'parameter'))) fixed[`parameter/${name}`] = data;
  for (const [name, data] of Object.entries(initialValues(golden, 'buffer'))) fixed[`buffer/${name}`] = data;
  const score = async (rows: Float32Array): Promise<{ loss: number; squaredNorm: number }> => {
    const { loss, squaredNorm } = await session.run('score', { ...fixed, labels: rows });
    return { loss: loss?.[0] ?? Number.NaN, squaredNorm: squaredNorm?.[0] ?? Number.NaN };
  };
  try {
    if (mode === 'train') {
      const whole = await score(oneHot(labels, model.classes));
      checks.figure('loss', whole.loss, figures.loss);
      checks.figure('gradient norm', Math.sqrt(whole.squaredNorm), figures.grad_norm);
    }
    let trace = 0;
    let trueTrace = 0;
    for (const [image, label] of labels.entries()) {
      for (let candidate = 0; candidate < model.classes; candidate += 1) {
        const single = new Float32Array(examples * model.classes).with(image * model.classes + candidate, 1);
        const { loss, squaredNorm } = await score(single);
        trace += Math.exp(-examples * loss) * examples * squaredNorm;
        if (candidate === label) trueTrace += examples * squaredNorm;
      }
    }
    checks.figure(`Fisher trace, ${mode}`, trace, expected.trace);
    checks.figure(`Fisher trace of the true labels, ${mode}`, trueTrace, expected.empirical_trace_true_labels);
    if (mode === 'train') {
      checks.figure('expected penalty', trace / examples, figures.fisher.expected_fishloss_penalty);
    }
  } finally {
    await session.dispose();
  }
}

function scoreFunction({ model }: CurvatureCase, examples: number, mode: 'train' | 'evaluation'): ProgramFunction {
  const builder = new GraphBuilder();
  const parameters = declare(builder, 'parameter', parameterSpecifications(model));
  const buffers = declare(builder, 'buffer', bufferSpecifications(model));
  const images = builder.input('images', [examples, ...model.inputShape]);
  const labels = builder.input('labels', [examples, model.classes]);
  const { logits } = forward(builder, model, { images, parameters, buffers, mode });
  const loss = crossEntropy(builder, logits, labels);
  const squaredNorm = builder.squaredNorm(gradient(builder, loss, Object.values(parameters)));
  const feeds: Record<string, NodeId> = { images, labels };
  for (const [name, id] of Object.entries(parameters)) feeds[`parameter/${name}`] = id;
  for (const [name, id] of Object.entries(buffers)) feeds[`buffer/${name}`] = id;
  return finishFunction(builder, { feeds, reads: {}, fetches: { loss, squaredNorm }, updates: {} });
}

function initialValues({ model, tensors }: CurvatureCase, kind: 'parameter' | 'buffer'): Record<string, Float32Array> {
  const specifications = kind === 'parameter' ? parameterSpecifications(model) : bufferSpecifications(model);
  return Object.fromEntries(specifications.map(({ name }) => [name, floats(tensors, `init/${name}`)]));
}

/** Tensors under a prefix as one vector of all parameters. */
function joined({ model, tensors }: CurvatureCase, prefix: string): Float64Array {
  const pieces = parameterSpecifications(model).map(({ name }) => numbers(tensors, `${prefix}/${name}`));
  const vector = new Float64Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    vector.set(piece, at);
    at += piece.length;
  }
  return vector;
}

function dot(left: Float64Array, right: Float64Array): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? Number.NaN), 0);
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}
