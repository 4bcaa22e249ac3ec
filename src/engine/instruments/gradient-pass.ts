import type { Executor, ProgramFunction, Session } from '../executors/executor.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { drawValues, type RandomNumbers } from '../graph/draws.ts';
import type { NodeId } from '../graph/graph.ts';
import { finishFunction } from '../graph/program.ts';
import { parameterSpecifications, type ModelDefinition } from '../models/model.ts';
import type { Penalty } from '../objectives/penalty.ts';
import { declare, microBatchGraph, type DrawInputs, type MicroBatchGraph } from '../training/micro-batch.ts';
import type { Parameters } from './instrument.ts';
import type { LabelledImages } from './loss-hessian.ts';

/**
 * What a pass computes. loss: gradients of the loss; penalty: of the loss and of a penalty's R_j; scalar: R_j itself, the
 * squared gradient norm of a penalty's scalar, which needs no second reverse pass.
 */
export type PassKind =
  | { readonly kind: 'loss' }
  | { readonly kind: 'penalty'; readonly penalty: Penalty }
  | { readonly kind: 'scalar'; readonly penalty: Penalty };

export interface PassResult {
  /** Of each micro-batch: R_j for `scalar`, else norm(grad ell_j)^2. */
  readonly squaredNorms: readonly number[];
  /** Of the mean loss gradient g and the mean penalty gradient P over the micro-batches; NaN where the pass has none. */
  readonly loss: number;
  readonly penalty: number;
  readonly product: number;
}

type Names = Readonly<Record<string, NodeId>>;

/** Forward and reverse passes over the micro-batches of a batch, on a session of their own: training is not touched. */
export class GradientPass {
  readonly #session: Session;
  readonly #draws: DrawInputs;
  readonly #sums: boolean;

  private constructor(session: Session, draws: DrawInputs, sums: boolean) {
    this.#session = session;
    this.#draws = draws;
    this.#sums = sums;
  }

  /** `examples`: images of every micro-batch. Throws `executor/compile-failed`. */
  static async open(
    executor: Executor,
    model: ModelDefinition,
    examples: number,
    pass: PassKind,
  ): Promise<GradientPass> {
    const { kind } = pass;
    const penalty = kind === 'loss' ? undefined : { lambda: 1, definition: pass.penalty };
    const graph = microBatchGraph(model, { penalty, ascent: undefined }, examples);
    const sums: Record<string, Names> = {
      ...(kind === 'scalar' ? {} : { loss: graph.loss.gradients }),
      ...(kind === 'penalty' ? { penalty: graph.penalty?.value.gradients ?? {} } : {}),
    };
    const functions = {
      add: addFunction(graph, sums, kind === 'scalar'),
      ...(kind === 'scalar' ? {} : { finish: finishSums(model, Object.keys(sums)) }),
    };
    const specifications = parameterSpecifications(model);
    const state = Object.fromEntries(
      ['parameter', ...Object.keys(sums)].flatMap((prefix) =>
        specifications.map(({ name, shape }) => [`${prefix}/${name}`, shape]),
      ),
    );
    return new GradientPass(await executor.load({ state, functions }), graph.draws, kind !== 'scalar');
  }

  /** Micro-batches weigh the same. */
  async run(parameters: Parameters, batches: Iterable<LabelledImages>, stream: RandomNumbers): Promise<PassResult> {
    for (const [name, data] of Object.entries(parameters)) await this.#session.write(`parameter/${name}`, data);
    const squaredNorms: number[] = [];
    for (const { images, oneHot } of batches) {
      const drawn: Record<string, Float32Array> = {};
      for (const [name, draw] of Object.entries(this.#draws)) drawn[name] = drawValues(draw, stream);
      const { squaredNorm } = await this.#session.run('add', { images, labels: oneHot, ...drawn });
      squaredNorms.push(squaredNorm?.[0] ?? Number.NaN);
    }
    const sums: Readonly<Record<string, Float32Array>> = this.#sums ? await this.#session.run('finish', {}) : {};
    const norm = (name: string): number => Math.sqrt(sums[name]?.[0] ?? Number.NaN) / squaredNorms.length;
    const product = (sums['product']?.[0] ?? Number.NaN) / squaredNorms.length ** 2;
    return { squaredNorms, loss: norm('loss'), penalty: norm('penalty'), product };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

/** sums += gradients of one micro-batch; running statistics of batch norm are neither read nor written. */
function addFunction(
  graph: MicroBatchGraph,
  sums: Readonly<Record<string, Names>>,
  ofScalar: boolean,
): ProgramFunction {
  const { builder, images, oneHot, draws, parameters, loss, penalty } = graph;
  const reads: Record<string, NodeId> = {};
  const updates: Record<string, NodeId> = {};
  for (const [name, id] of Object.entries(parameters)) reads[`parameter/${name}`] = id;
  for (const [sum, gradients] of Object.entries(sums)) {
    for (const [name, gradient] of Object.entries(gradients)) {
      const key = `${sum}/${name}`;
      const before = builder.input(key, builder.shape(gradient));
      reads[key] = before;
      updates[key] = builder.add(before, gradient);
    }
  }
  const squaredNorm =
    ofScalar && penalty !== undefined ? penalty.value.value : builder.squaredNorm(Object.values(loss.gradients));
  const drawn = Object.fromEntries(Object.entries(draws).map(([name, { node }]) => [name, node]));
  return finishFunction(builder, {
    feeds: { images, labels: oneHot, ...drawn },
    reads,
    fetches: { squaredNorm },
    updates,
  });
}

/** Squared norms of the sums and their inner product; the sums start again at zero. */
function finishSums(model: ModelDefinition, sums: readonly string[]): ProgramFunction {
  const builder = new GraphBuilder();
  const specifications = parameterSpecifications(model);
  const declared = sums.map((sum) => declare(builder, sum, specifications));
  const reads: Record<string, NodeId> = {};
  const updates: Record<string, NodeId> = {};
  const fetches: Record<string, NodeId> = {};
  for (const [index, sum] of sums.entries()) {
    const tensors = declared[index] ?? {};
    for (const [name, id] of Object.entries(tensors)) reads[`${sum}/${name}`] = id;
    for (const { name, shape } of specifications) updates[`${sum}/${name}`] = builder.fill(0, shape);
    fetches[sum] = builder.squaredNorm(Object.values(tensors));
  }
  const [left = {}, right] = declared;
  if (right !== undefined) {
    fetches['product'] = Object.entries(left)
      .map(([name, id]) => builder.total(builder.multiply(id, right[name] ?? id)))
      .reduce((sum, term) => builder.add(sum, term), builder.fill(0, []));
  }
  return finishFunction(builder, { feeds: {}, reads, fetches, updates });
}
