import { GraphBuilder } from '../graph/builder.ts';
import type { NodeId } from '../graph/graph.ts';
import { gradient } from '../graph/reverse.ts';
import type { Method } from '../methods/method.ts';
import { forward } from '../models/forward.ts';
import {
  bufferSpecifications,
  parameterSpecifications,
  type ModelDefinition,
  type TensorSpecification,
} from '../models/model.ts';
import { crossEntropy } from '../objectives/cross-entropy.ts';

type Tensors = Readonly<Record<string, NodeId>>;

/** One micro-batch as a graph: forward pass, loss, penalty and the gradients of both. */
export interface MicroBatchGraph {
  readonly builder: GraphBuilder;
  readonly images: NodeId;
  readonly oneHot: NodeId;
  readonly draws: Tensors;
  readonly parameters: Tensors;
  readonly buffers: Tensors;
  /** Running statistics after the forward pass. */
  readonly buffersAfter: Tensors;
  readonly logits: NodeId;
  readonly loss: NodeId;
  /** Number of images whose greatest logit is their class. */
  readonly correct: NodeId;
  /** By parameter name. */
  readonly lossGradients: Tensors;
  readonly penalty: { readonly value: NodeId; readonly gradients: Tensors } | undefined;
}

/** Builds the graph of a micro-batch of m images for a model and a method's penalty. */
export function microBatchGraph(model: ModelDefinition, method: Method, examples: number): MicroBatchGraph {
  const builder = new GraphBuilder();
  const parameters = declare(builder, 'parameter', parameterSpecifications(model));
  const buffers = declare(builder, 'buffer', bufferSpecifications(model));
  const images = builder.input('images', [examples, ...model.inputShape]);
  const oneHot = builder.input('labels', [examples, model.classes]);
  const pass = forward(builder, model, { images, parameters, buffers, mode: 'train' });
  const loss = crossEntropy(builder, pass.logits, oneHot);

  const names = Object.keys(parameters);
  const ids = Object.values(parameters);
  const byName = (nodes: readonly NodeId[]): Tensors =>
    Object.fromEntries(nodes.map((id, index) => [names[index] ?? '', id]));
  const lossGradients = gradient(builder, loss, ids);

  const definition = method.penalty?.definition;
  const draws = Object.fromEntries(
    Object.entries(definition?.draws(examples, model.classes) ?? {}).map(([name, shape]) => [
      name,
      builder.input(`draw/${name}`, shape),
    ]),
  );
  const value = definition?.value({ builder, logits: pass.logits, loss, parameters: ids, lossGradients, draws });
  return {
    builder,
    images,
    oneHot,
    draws,
    parameters,
    buffers,
    buffersAfter: pass.buffers,
    logits: pass.logits,
    loss,
    correct: builder.total(builder.multiply(builder.rowArgumentMaximum(pass.logits), oneHot)),
    lossGradients: byName(lossGradients),
    penalty: value === undefined ? undefined : { value, gradients: byName(gradient(builder, value, ids)) },
  };
}

/** Inputs `PREFIX/NAME` for the given tensors, by plain name. */
export function declare(
  builder: GraphBuilder,
  prefix: string,
  specifications: readonly TensorSpecification[],
): Record<string, NodeId> {
  return Object.fromEntries(specifications.map(({ name, shape }) => [name, builder.input(`${prefix}/${name}`, shape)]));
}
