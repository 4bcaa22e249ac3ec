import type { Executor, ProgramFunction, Session } from '../executors/executor.ts';
import type { NodeId } from '../graph/graph.ts';
import { finishFunction } from '../graph/program.ts';
import { hessianProduct } from '../graph/reverse.ts';
import { elementCount } from '../graph/shapes.ts';
import { largeBatch } from '../methods/large-batch.ts';
import { parameterSpecifications, type ModelDefinition } from '../models/model.ts';
import { declare, microBatchGraph } from '../training/micro-batch.ts';

/** A micro-batch as a graph sees it. */
export interface LabelledImages {
  readonly images: Float32Array;
  /** [m, C] */
  readonly oneHot: Float32Array;
}

/**
 * The Hessian of a micro-batch's mean loss in training mode, as an operator on vectors that hold all parameters in the
 * order of a state_dict. Exact: one more reverse pass, batch statistics included. Dropout is off.
 */
export class LossHessian {
  /** Length of its vectors: the number of parameters. */
  readonly dimension: number;
  readonly #session: Session;
  readonly #model: ModelDefinition;
  readonly #masks: Readonly<Record<string, Float32Array>>;

  private constructor(session: Session, model: ModelDefinition, masks: Readonly<Record<string, Float32Array>>) {
    this.#session = session;
    this.#model = model;
    this.#masks = masks;
    this.dimension = parameterSpecifications(model).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  }

  static async open(executor: Executor, model: ModelDefinition, examples: number): Promise<LossHessian> {
    const { definition, masks } = productFunction(model, examples);
    const state = Object.fromEntries(
      parameterSpecifications(model).map(({ name, shape }) => [`parameter/${name}`, shape]),
    );
    const session = await executor.load({ state, functions: { product: definition } });
    return new LossHessian(session, model, masks);
  }

  /** Moves the operator to other parameters, by state_dict name. */
  async moveTo(parameters: Readonly<Record<string, Float32Array>>): Promise<void> {
    for (const [name, data] of Object.entries(parameters)) await this.#session.write(`parameter/${name}`, data);
  }

  /** H v. */
  async multiply({ images, oneHot }: LabelledImages, vector: Float64Array): Promise<Float64Array> {
    const feeds: Record<string, Float32Array> = { images, labels: oneHot, ...this.#masks };
    let at = 0;
    for (const { name, shape } of parameterSpecifications(this.#model)) {
      const end = at + elementCount(shape);
      feeds[`direction/${name}`] = Float32Array.from(vector.subarray(at, end));
      at = end;
    }
    const result = await this.#session.run('product', feeds);
    const product = new Float64Array(this.dimension);
    at = 0;
    for (const { name } of parameterSpecifications(this.#model)) {
      const piece = result[name] ?? new Float32Array();
      product.set(piece, at);
      at += piece.length;
    }
    return product;
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

function productFunction(
  model: ModelDefinition,
  examples: number,
): { definition: ProgramFunction; masks: Record<string, Float32Array> } {
  const { builder, images, oneHot, parameters, loss, draws } = microBatchGraph(model, largeBatch, examples);
  const directions = declare(builder, 'direction', parameterSpecifications(model));
  const feeds: Record<string, NodeId> = { images, labels: oneHot };
  const masks: Record<string, Float32Array> = {};
  for (const [name, { node, shape }] of Object.entries(draws)) {
    feeds[name] = node;
    masks[name] = new Float32Array(elementCount(shape)).fill(1);
  }
  const terms = Object.entries(directions).flatMap(([name, direction]) => {
    feeds[`direction/${name}`] = direction;
    const found = loss.gradients[name];
    return found === undefined ? [] : [{ gradient: found, direction }];
  });
  const names = Object.keys(parameters);
  const products = hessianProduct(builder, terms, Object.values(parameters));
  const definition = finishFunction(builder, {
    feeds,
    reads: Object.fromEntries(Object.entries(parameters).map(([name, id]) => [`parameter/${name}`, id])),
    fetches: Object.fromEntries(products.map((id, index) => [names[index] ?? '', id])),
    updates: {},
  });
  return { definition, masks };
}
