import type { Program, ProgramFunction, Table } from '../executors/executor.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Draw } from '../graph/draws.ts';
import type { NodeId, Shape } from '../graph/graph.ts';
import { finishFunction } from '../graph/program.ts';
import type { Method } from '../methods/method.ts';
import { forward } from '../models/forward.ts';
import { bufferSpecifications, parameterSpecifications, type ModelDefinition } from '../models/model.ts';
import { ascendedGraph, declare, microBatchGraph, type DrawInputs } from './micro-batch.ts';

type Names = Readonly<Record<string, NodeId>>;

/** Random tensors that a call is fed with, by feed. */
export type Draws = Readonly<Record<string, Draw>>;

export interface ProgramOptions {
  readonly model: ModelDefinition;
  readonly method: Method;
  /** Sizes that micro-batches take: one function each. */
  readonly microBatchSizes: readonly number[];
  /** n, the divisor of every micro-batch's gradient. */
  readonly microBatches: number;
  /** Images of one call of `evaluate`. */
  readonly evaluationSize: number;
  /** All training images, for an executor that keeps them: micro-batches are then fed by their numbers. */
  readonly images?: Table | undefined;
}

/** A program and what its functions have to be fed beside images and labels. */
export interface TrainingProgram extends Program {
  /** By function; functions without draws are left out. */
  readonly draws: Readonly<Record<string, Draws>>;
  /** G as a combination of sums over the group. */
  readonly gradient: readonly WeightedSum[];
}

/** A sum of a group and its weight in G. */
export interface WeightedSum {
  readonly sum: Sum;
  readonly weight: number;
}

/**
 * Sums over a group, as state `SUM/PARAMETER`: L = (1/n) sum grad ell_j; A, what the method adds to it, by penalty or
 * ascent; (1/n) sum grad s_j. They stay apart until the step, G = (1 - a) L + A with a the share of the ascent: else the
 * gradients of the loss would have to wait, whole, for what is added to them.
 */
type Sum = 'loss-gradient' | 'added-gradient' | 'term-gradient';

/**
 * The program of a training run. State: `parameter/NAME`, `buffer/NAME` and the sums of a group. Functions, m being
 * a number of images:
 *
 *   accumulate/m  adds one micro-batch to the sums;
 *   penalise/m    the same for the micro-batch that alone carries the penalty, in the sampled form;
 *   ascend/m      adds a micro-batch's second pass, where the method ascends along the group's gradient;
 *   measure       norm of the loss gradient of the whole group, where the next call depends on it;
 *   apply         moves the parameters and clears the sums;
 *   evaluate      logits in evaluation mode.
 */
export function trainingProgram(options: ProgramOptions): TrainingProgram {
  const { model, method, microBatchSizes } = options;
  const sums = gradientSums(method);
  const functions: Record<string, ProgramFunction> = {};
  const draws: Record<string, Draws> = {};
  const keep = (name: string, built: { readonly definition: ProgramFunction; readonly draws: DrawInputs }): void => {
    functions[name] = built.definition;
    if (Object.keys(built.draws).length > 0) draws[name] = built.draws;
  };
  const always = method.sample === undefined;
  for (const examples of microBatchSizes) {
    keep(`accumulate/${String(examples)}`, accumulateFunction(options, sums, examples, always));
    if (samplesPenalty(method)) {
      keep(`penalise/${String(examples)}`, accumulateFunction(options, sums, examples, true));
    }
    if (method.ascent?.along === 'group') keep(`ascend/${String(examples)}`, ascendFunction(options, examples));
  }
  if (needsMeasure(method)) functions['measure'] = measureFunction(model);
  const parts = gradientParts(method);
  functions['apply'] = applyFunction(model, sums, parts);
  functions['evaluate'] = evaluateFunction(model, options.evaluationSize);
  const tables = options.images === undefined ? {} : { tables: { images: options.images } };
  return { state: stateShapes(model, sums), functions, draws, gradient: parts, ...tables };
}

/** Images come from the table of that name where there is one, else they are fed. */
function imageInputs({ images: table }: ProgramOptions, images: NodeId): Pick<ProgramFunction, 'feeds' | 'rows'> {
  return table === undefined ? { feeds: { images } } : { feeds: {}, rows: { images } };
}

/** True where only one micro-batch of a group carries the penalty. */
export function samplesPenalty({ penalty, sample }: Method): boolean {
  return penalty !== undefined && sample !== undefined;
}

/** True where the norm of the group's loss gradient decides what comes next: the length of the step, or an ascent. */
export function needsMeasure({ normalised, ascent }: Method): boolean {
  return normalised || ascent?.along === 'group';
}

function gradientSums(method: Method): readonly Sum[] {
  const { penalty, ascent } = method;
  if (penalty === undefined && ascent === undefined) return ['loss-gradient'];
  const ofTerm = penalty !== undefined && !penalty.definition.ofLoss && !samplesPenalty(method);
  return ofTerm ? ['loss-gradient', 'added-gradient', 'term-gradient'] : ['loss-gradient', 'added-gradient'];
}

/** G = (1 - a) L + A, without what a method does not have. */
function gradientParts({ penalty, ascent }: Method): WeightedSum[] {
  const ofLoss: WeightedSum = { sum: 'loss-gradient', weight: 1 - (ascent?.share ?? 0) };
  return penalty === undefined && ascent === undefined ? [ofLoss] : [ofLoss, { sum: 'added-gradient', weight: 1 }];
}

function stateShapes(model: ModelDefinition, sums: readonly Sum[]): Record<string, Shape> {
  const state: Record<string, Shape> = {};
  for (const { name, shape } of parameterSpecifications(model)) {
    for (const prefix of ['parameter', ...sums]) state[`${prefix}/${name}`] = shape;
  }
  for (const { name, shape } of bufferSpecifications(model)) state[`buffer/${name}`] = shape;
  return state;
}

/** Collects `state += factor * contribution` for a function: one sum a tensor, which an executor can do in place. */
class Accumulation {
  readonly reads: Record<string, NodeId> = {};
  readonly updates: Record<string, NodeId> = {};
  readonly #builder: GraphBuilder;

  constructor(builder: GraphBuilder) {
    this.#builder = builder;
  }

  add(sum: Sum, contributions: Names, factor: number): void {
    if (factor === 0) return;
    const builder = this.#builder;
    for (const [name, contribution] of Object.entries(contributions)) {
      const key = `${sum}/${name}`;
      const before = builder.input(key, builder.shape(contribution));
      this.reads[key] = before;
      this.updates[key] = builder.add(before, builder.scale(contribution, factor));
    }
  }
}

/** L += (1/n) grad ell_j; A += weights times the gradients of penalty and ascended loss; the last sum += (1/n) grad s_j. */
function accumulateFunction(
  options: ProgramOptions,
  sums: readonly Sum[],
  examples: number,
  penalised: boolean,
): { definition: ProgramFunction; draws: DrawInputs } {
  const { model, method, microBatches } = options;
  const weighted = penalised ? method.penalty : undefined;
  const graph = microBatchGraph(model, { penalty: weighted, ascent: method.ascent }, examples);
  const { builder, penalty, ascended } = graph;
  const { feeds, ...rows } = imageInputs(options, graph.images);
  const share = 1 / microBatches;
  const sampled = method.sample !== undefined;
  const sum = new Accumulation(builder);
  sum.add('loss-gradient', graph.loss.gradients, share);
  if (ascended !== undefined) sum.add('added-gradient', ascended.gradients, share * (method.ascent?.share ?? 0));
  if (penalty !== undefined)
    sum.add('added-gradient', penalty.value.gradients, (weighted?.lambda ?? 0) * (sampled ? 1 : share));
  if (sums.includes('term-gradient')) sum.add('term-gradient', penalty?.scalar.gradients ?? {}, share);

  const definition = finishFunction(builder, {
    feeds: { ...feeds, labels: graph.oneHot, ...nodesOf(graph.draws) },
    ...rows,
    reads: { ...sum.reads, ...prefixed('parameter', graph.parameters), ...prefixed('buffer', graph.buffers) },
    fetches: {
      loss: graph.loss.value,
      correct: graph.correct,
      lossGradientSquaredNorm: builder.squaredNorm(Object.values(graph.loss.gradients)),
      ...(penalty === undefined ? {} : { penalty: penalty.value.value }),
      ...(ascended === undefined ? {} : { ascendedLoss: ascended.value }),
    },
    updates: { ...sum.updates, ...prefixed('buffer', graph.buffersAfter) },
  });
  return { definition, draws: graph.draws };
}

/** A += (share / n) times the gradient at parameters + shift * loss gradient of the group. */
function ascendFunction(options: ProgramOptions, examples: number): { definition: ProgramFunction; draws: DrawInputs } {
  const { model, method, microBatches } = options;
  const { builder, images, oneHot, draws, parameters, direction, shift, loss } = ascendedGraph(model, examples);
  const { feeds, ...rows } = imageInputs(options, images);
  const sum = new Accumulation(builder);
  sum.add('added-gradient', loss.gradients, (method.ascent?.share ?? 0) / microBatches);
  const definition = finishFunction(builder, {
    feeds: { ...feeds, labels: oneHot, shift, ...nodesOf(draws) },
    ...rows,
    reads: { ...sum.reads, ...prefixed('parameter', parameters), ...prefixed('loss-gradient', direction) },
    fetches: {
      ascendedLoss: loss.value,
      ascendedGradientSquaredNorm: builder.squaredNorm(Object.values(loss.gradients)),
    },
    updates: sum.updates,
  });
  return { definition, draws };
}

/** The squared norm of the plain loss gradient of the group. */
function measureFunction(model: ModelDefinition): ProgramFunction {
  const builder = new GraphBuilder();
  const gradients = declare(builder, 'loss-gradient', parameterSpecifications(model));
  const squaredNorm = builder.squaredNorm(Object.values(gradients));
  const reads = prefixed('loss-gradient', gradients);
  return finishFunction(builder, { feeds: {}, reads, fetches: { squaredNorm }, updates: {} });
}

/** parameter -= scale * G, the sums back to zero; the squared norms of G and of each sum. */
function applyFunction(model: ModelDefinition, sums: readonly Sum[], parts: readonly WeightedSum[]): ProgramFunction {
  const builder = new GraphBuilder();
  const specifications = parameterSpecifications(model);
  const scale = builder.input('scale', []);
  const parameters = declare(builder, 'parameter', specifications);
  const reads: Record<string, NodeId> = prefixed('parameter', parameters);
  const updates: Record<string, NodeId> = {};
  const fetches: Record<string, NodeId> = {};
  for (const sum of sums) {
    const values = declare(builder, sum, specifications);
    Object.assign(reads, prefixed(sum, values));
    for (const { name, shape } of specifications) updates[`${sum}/${name}`] = builder.fill(0, shape);
    fetches[sum] = builder.squaredNorm(Object.values(values));
  }
  const combined = specifications.map(({ name, shape }) =>
    parts
      .map(({ sum, weight }) => builder.scale(builder.input(`${sum}/${name}`, shape), weight))
      .reduce((left, right) => builder.add(left, right)),
  );
  fetches['gradient'] = builder.squaredNorm(combined);
  for (const [index, [name, parameter]] of Object.entries(parameters).entries()) {
    const step = builder.multiplyScalar(scale, combined[index] ?? parameter);
    updates[`parameter/${name}`] = builder.subtract(parameter, step);
  }
  return finishFunction(builder, { feeds: { scale }, reads, fetches, updates });
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

function prefixed(prefix: string, names: Names): Record<string, NodeId> {
  return Object.fromEntries(Object.entries(names).map(([name, id]) => [`${prefix}/${name}`, id]));
}

function nodesOf(draws: DrawInputs): Record<string, NodeId> {
  return Object.fromEntries(Object.entries(draws).map(([name, { node }]) => [name, node]));
}
