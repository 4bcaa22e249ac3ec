import type { Program, ProgramFunction } from '../executors/executor.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { NodeId, Shape } from '../graph/graph.ts';
import { finishFunction } from '../graph/program.ts';
import type { Method } from '../methods/method.ts';
import { forward } from '../models/forward.ts';
import { bufferSpecifications, parameterSpecifications, type ModelDefinition } from '../models/model.ts';
import { declare, microBatchGraph } from './micro-batch.ts';

type Names = Readonly<Record<string, NodeId>>;

export interface ProgramOptions {
  readonly model: ModelDefinition;
  readonly method: Method;
  /** Sizes that micro-batches take: one function each. */
  readonly microBatchSizes: readonly number[];
  /** n, the divisor of every micro-batch's gradient. */
  readonly microBatches: number;
  /** Images of one call of `evaluate`. */
  readonly evaluationSize: number;
}

/**
 * The program of a training run. State: `parameter/NAME`, `buffer/NAME`, `gradient/NAME` (the sum G) and, where a
 * penalty makes it another sum, `loss-gradient/NAME`. Functions: `accumulate/m` adds one micro-batch of m images to
 * the sums, `apply` moves the parameters and clears the sums, `evaluate` gives logits in evaluation mode.
 */
export function trainingProgram(options: ProgramOptions): Program {
  const { model, method, microBatchSizes } = options;
  const parameters = parameterSpecifications(model);
  const sums = method.penalty === undefined ? ['gradient'] : ['gradient', 'loss-gradient'];
  const state: Record<string, Shape> = {};
  for (const { name, shape } of parameters) {
    state[`parameter/${name}`] = shape;
    for (const sum of sums) state[`${sum}/${name}`] = shape;
  }
  for (const { name, shape } of bufferSpecifications(model)) state[`buffer/${name}`] = shape;
  return {
    state,
    functions: {
      ...Object.fromEntries(
        microBatchSizes.map((examples) => [`accumulate/${String(examples)}`, accumulateFunction(options, examples)]),
      ),
      apply: applyFunction(model, sums),
      evaluate: evaluateFunction(model, options.evaluationSize),
    },
  };
}

/** gradient += (grad ell_j + lambda grad R_j) / n; loss-gradient += grad ell_j / n. */
function accumulateFunction({ model, method, microBatches }: ProgramOptions, examples: number): ProgramFunction {
  const graph = microBatchGraph(model, method, examples);
  const { builder, penalty } = graph;
  const reads: Record<string, NodeId> = {
    ...prefixed('parameter', graph.parameters),
    ...prefixed('buffer', graph.buffers),
  };
  const updates: Record<string, NodeId> = prefixed('buffer', graph.buffersAfter);
  const accumulate = (sum: string, name: string, contribution: NodeId): void => {
    const key = `${sum}/${name}`;
    const before = builder.input(key, builder.shape(contribution));
    reads[key] = before;
    updates[key] = builder.add(before, builder.scale(contribution, 1 / microBatches));
  };
  for (const [name, lossGradient] of Object.entries(graph.lossGradients)) {
    const penaltyGradient = penalty?.gradients[name];
    if (penaltyGradient === undefined) {
      accumulate('gradient', name, lossGradient);
    } else {
      const weighted = builder.scale(penaltyGradient, method.penalty?.lambda ?? 0);
      accumulate('gradient', name, builder.add(lossGradient, weighted));
      accumulate('loss-gradient', name, lossGradient);
    }
  }
  return finishFunction(builder, {
    feeds: { images: graph.images, labels: graph.oneHot, ...prefixed('draw', graph.draws) },
    reads,
    fetches: {
      loss: graph.loss,
      correct: graph.correct,
      lossGradientSquaredNorm: builder.squaredNorm(Object.values(graph.lossGradients)),
      ...(penalty === undefined ? {} : { penalty: penalty.value }),
    },
    updates,
  });
}

/** parameter -= scale * gradient, the sums back to zero; the squared norms of the sums. */
function applyFunction(model: ModelDefinition, sums: readonly string[]): ProgramFunction {
  const builder = new GraphBuilder();
  const specifications = parameterSpecifications(model);
  const scale = builder.input('scale', []);
  const reads: Record<string, NodeId> = {};
  const updates: Record<string, NodeId> = {};
  const gradients: NodeId[] = [];
  const lossGradients: NodeId[] = [];
  for (const { name, shape } of specifications) {
    const parameter = builder.input(`parameter/${name}`, shape);
    const gradient = builder.input(`gradient/${name}`, shape);
    reads[`parameter/${name}`] = parameter;
    updates[`parameter/${name}`] = builder.subtract(parameter, builder.multiplyScalar(scale, gradient));
    for (const sum of sums) {
      reads[`${sum}/${name}`] = builder.input(`${sum}/${name}`, shape);
      updates[`${sum}/${name}`] = builder.fill(0, shape);
    }
    gradients.push(gradient);
    lossGradients.push(builder.input(`${sums.at(-1) ?? 'gradient'}/${name}`, shape));
  }
  return finishFunction(builder, {
    feeds: { scale },
    reads,
    fetches: {
      gradientSquaredNorm: builder.squaredNorm(gradients),
      lossGradientSquaredNorm: builder.squaredNorm(lossGradients),
    },
    updates,
  });
}

function evaluateFunction(model: ModelDefinition, examples: number): ProgramFunction {
  const builder = new GraphBuilder();
  const parameters = declare(builder, 'parameter', parameterSpecifications(model));
  const buffers = declare(builder, 'buffer', bufferSpecifications(model));
  const images = builder.input('images', [examples, ...model.inputShape]);
  const { logits } = forward(builder, model, { images, parameters, buffers, mode: 'evaluation' });
  const reads = { ...prefixed('parameter', parameters), ...prefixed('buffer', buffers) };
  return finishFunction(builder, { feeds: { images }, reads, fetches: { logits }, updates: {} });
}

export function prefixed(prefix: string, names: Names): Record<string, NodeId> {
  return Object.fromEntries(Object.entries(names).map(([name, id]) => [`${prefix}/${name}`, id]));
}
