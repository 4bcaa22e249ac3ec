import { GraphBuilder } from '../graph/builder.ts';
import type { Draw } from '../graph/draws.ts';
import type { NodeId } from '../graph/graph.ts';
import { gradient } from '../graph/reverse.ts';
import type { Method, WeightedPenalty } from '../methods/method.ts';
import { forward, type ForwardPass } from '../models/forward.ts';
import {
  bufferSpecifications,
  parameterSpecifications,
  type ModelDefinition,
  type TensorSpecification,
} from '../models/model.ts';
import { displacementAlong } from '../objectives/ascent.ts';
import { crossEntropy } from '../objectives/cross-entropy.ts';
import type { DisplacedLoss, MicroBatchTerms } from '../objectives/penalty.ts';

type Tensors = Readonly<Record<string, NodeId>>;

/** Random tensors fed with a micro-batch, by the name of their graph input, `draw/NAME`. */
export type DrawInputs = Readonly<Record<string, Draw & { readonly node: NodeId }>>;

/** A scalar of the micro-batch and its gradient by every parameter. */
export interface Differentiated {
  readonly value: NodeId;
  readonly gradients: Tensors;
}

/** One micro-batch as a graph: forward pass, loss, what a method adds to it, and all gradients. */
export interface MicroBatchGraph {
  readonly builder: GraphBuilder;
  readonly images: NodeId;
  readonly oneHot: NodeId;
  readonly draws: DrawInputs;
  readonly parameters: Tensors;
  readonly buffers: Tensors;
  /** Running statistics after the forward pass. */
  readonly buffersAfter: Tensors;
  readonly logits: NodeId;
  /** Number of images whose greatest logit is their class. */
  readonly correct: NodeId;
  readonly loss: Differentiated;
  /** R_j, and the scalar s_j whose squared gradient norm it is. */
  readonly penalty: { readonly scalar: Differentiated; readonly value: Differentiated } | undefined;
  /** The loss at parameters of its own ascent, where the method makes one for each micro-batch. */
  readonly ascended: Differentiated | undefined;
}

/** Builds the graph of a micro-batch of m images for a model and what a method does to it. */
export function microBatchGraph(
  model: ModelDefinition,
  method: Pick<Method, 'penalty' | 'ascent'>,
  examples: number,
): MicroBatchGraph {
  const network = trainingNetwork(model, examples);
  const { builder, parameters, pass, oneHot } = network;
  const names = Object.keys(parameters);
  const byName = (nodes: readonly NodeId[]): Tensors =>
    Object.fromEntries(nodes.map((id, index) => [names[index] ?? '', id]));
  const loss = crossEntropy(builder, pass.logits, oneHot);
  const lossGradients = gradient(builder, loss, Object.values(parameters));

  const penaltyDraws = declareDraws(builder, model, method.penalty, examples);
  const terms: MicroBatchTerms = {
    builder,
    logits: pass.logits,
    loss,
    lossGradients,
    draw: (name) => penaltyDraws[`draw/${name}`]?.node ?? missingDraw(name),
    lossAt: network.lossAt,
  };
  const differentiate = (value: NodeId): Differentiated => ({
    value,
    gradients: byName(gradient(builder, value, Object.values(parameters))),
  });
  return {
    builder,
    images: network.images,
    oneHot,
    draws: { ...pass.masks, ...penaltyDraws },
    parameters,
    buffers: network.buffers,
    buffersAfter: pass.buffers,
    logits: pass.logits,
    correct: builder.total(builder.multiply(builder.rowArgumentMaximum(pass.logits), oneHot)),
    loss: { value: loss, gradients: byName(lossGradients) },
    penalty: penaltyOf(method.penalty, terms, differentiate, byName),
    ascended: ascendedLoss(method, terms, byName),
  };
}

/** The second pass of a method that ascends along the group's gradient: the loss at theta + shift * direction. */
export interface AscendedGraph {
  readonly builder: GraphBuilder;
  readonly images: NodeId;
  readonly oneHot: NodeId;
  readonly draws: DrawInputs;
  readonly parameters: Tensors;
  readonly direction: Tensors;
  /** Rank 0: radius / norm(direction). */
  readonly shift: NodeId;
  readonly loss: Differentiated;
}

export function ascendedGraph(model: ModelDefinition, examples: number): AscendedGraph {
  const { builder, images, oneHot, parameters, pass, lossAt } = trainingNetwork(model, examples);
  const direction = declare(builder, 'loss-gradient', parameterSpecifications(model));
  const shift = builder.input('shift', []);
  const { loss, gradients } = lossAt(Object.values(direction).map((id) => builder.multiplyScalar(shift, id)));
  const names = Object.keys(parameters);
  return {
    builder,
    images,
    oneHot,
    draws: pass.masks,
    parameters,
    direction,
    shift,
    loss: { value: loss, gradients: Object.fromEntries(gradients.map((id, index) => [names[index] ?? '', id])) },
  };
}

interface TrainingNetwork {
  readonly builder: GraphBuilder;
  readonly images: NodeId;
  readonly oneHot: NodeId;
  readonly parameters: Tensors;
  readonly buffers: Tensors;
  readonly pass: ForwardPass;
  readonly lossAt: (displacements: readonly NodeId[]) => DisplacedLoss;
}

/** The network on one micro-batch in training mode, and its loss at other parameters. */
function trainingNetwork(model: ModelDefinition, examples: number): TrainingNetwork {
  const builder = new GraphBuilder();
  const parameters = declare(builder, 'parameter', parameterSpecifications(model));
  const buffers = declare(builder, 'buffer', bufferSpecifications(model));
  const images = builder.input('images', [examples, ...model.inputShape]);
  const oneHot = builder.input('labels', [examples, model.classes]);
  const passAt = (at: Tensors): ForwardPass =>
    forward(builder, model, { images, parameters: at, buffers, mode: 'train' });
  const lossAt = (displacements: readonly NodeId[]): DisplacedLoss => {
    const moved = Object.fromEntries(
      Object.entries(parameters).map(([name, id], index) => {
        const displacement = displacements[index];
        return [name, displacement === undefined ? id : builder.add(id, displacement)];
      }),
    );
    const loss = crossEntropy(builder, passAt(moved).logits, oneHot);
    return { loss, gradients: gradient(builder, loss, Object.values(moved)) };
  };
  return { builder, images, oneHot, parameters, buffers, pass: passAt(parameters), lossAt };
}

function penaltyOf(
  penalty: WeightedPenalty | undefined,
  terms: MicroBatchTerms,
  differentiate: (value: NodeId) => Differentiated,
  byName: (nodes: readonly NodeId[]) => Tensors,
): MicroBatchGraph['penalty'] {
  if (penalty === undefined) return undefined;
  const { ofLoss, scalar, approximateGradient } = penalty.definition;
  const s = ofLoss ? { value: terms.loss, gradients: byName(terms.lossGradients) } : differentiate(scalar(terms));
  const { builder } = terms;
  const value = builder.squaredNorm(Object.values(s.gradients));
  if (approximateGradient !== undefined) {
    return { scalar: s, value: { value, gradients: byName(approximateGradient(terms)) } };
  }
  // Half of it has the gradients as they are for its derivative by them: twice them would be another copy of each.
  const halves = Object.entries(differentiate(builder.scale(value, 0.5)).gradients);
  const gradients = Object.fromEntries(halves.map(([name, half]) => [name, builder.scale(half, 2)]));
  return { scalar: s, value: { value, gradients } };
}

function ascendedLoss(
  { ascent }: Pick<Method, 'ascent'>,
  { builder, lossGradients, lossAt }: MicroBatchTerms,
  byName: (nodes: readonly NodeId[]) => Tensors,
): Differentiated | undefined {
  if (ascent?.along !== 'micro-batch') return undefined;
  const { loss, gradients } = lossAt(displacementAlong(builder, lossGradients, ascent.radius));
  return { value: loss, gradients: byName(gradients) };
}

function declareDraws(
  builder: GraphBuilder,
  model: ModelDefinition,
  penalty: WeightedPenalty | undefined,
  examples: number,
): DrawInputs {
  return Object.fromEntries(
    Object.entries(penalty?.definition.draws(examples, model.classes) ?? {}).map(([name, draw]) => [
      `draw/${name}`,
      { ...draw, node: builder.input(`draw/${name}`, draw.shape) },
    ]),
  );
}

function missingDraw(name: string): never {
  throw new Error(`the penalty uses a draw ${name} that it does not declare`);
}

/** Inputs `PREFIX/NAME` for the given tensors, by plain name. */
export function declare(
  builder: GraphBuilder,
  prefix: string,
  specifications: readonly TensorSpecification[],
): Record<string, NodeId> {
  return Object.fromEntries(specifications.map(({ name, shape }) => [name, builder.input(`${prefix}/${name}`, shape)]));
}
