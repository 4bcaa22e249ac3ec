import type { Executor, ProgramFunction, Session } from '../../src/engine/executors/executor.ts';
import type { NodeId } from '../../src/engine/graph/graph.ts';
import { finishFunction } from '../../src/engine/graph/program.ts';
import type { Method } from '../../src/engine/methods/method.ts';
import type { ModelDefinition } from '../../src/engine/models/model.ts';
import {
  microBatchGraph,
  type Differentiated,
  type DrawInputs,
  type MicroBatchGraph,
} from '../../src/engine/training/micro-batch.ts';
import type { DrawSource } from '../../src/engine/training/training-session.ts';

type Tensors = Readonly<Record<string, Float32Array>>;

/** A scalar of a micro-batch and its gradient by parameter name. */
export interface InspectedScalar {
  readonly value: number;
  readonly gradients: Tensors;
}

export interface Inspected {
  readonly logits: Float32Array;
  readonly loss: InspectedScalar;
  /** s_j and R_j. */
  readonly scalar: InspectedScalar | undefined;
  readonly penalty: InspectedScalar | undefined;
  readonly ascended: InspectedScalar | undefined;
}

/** One micro-batch as it is fed. */
export interface InspectedBatch {
  readonly images: Float32Array;
  readonly oneHot: Float32Array;
  readonly examples: number;
  readonly source: DrawSource;
}

/** Opens up single micro-batches: the graph that training runs, with every intermediate quantity fetched. */
export class Inspection {
  readonly #session: Session;
  readonly #draws: ReadonlyMap<number, DrawInputs>;

  private constructor(session: Session, draws: ReadonlyMap<number, DrawInputs>) {
    this.#session = session;
    this.#draws = draws;
  }

  static async open(
    executor: Executor,
    model: ModelDefinition,
    method: Pick<Method, 'penalty' | 'ascent'>,
    sizes: readonly number[],
  ): Promise<Inspection> {
    const functions: Record<string, ProgramFunction> = {};
    const draws = new Map<number, DrawInputs>();
    for (const size of sizes) {
      const graph = microBatchGraph(model, method, size);
      functions[String(size)] = inspectFunction(graph);
      draws.set(size, graph.draws);
    }
    return new Inspection(await executor.load({ state: {}, functions }), draws);
  }

  /** `parameters` by plain name. */
  async run({ images, oneHot, examples, source }: InspectedBatch, parameters: Tensors): Promise<Inspected> {
    const feeds: Record<string, Float32Array> = { images, labels: oneHot };
    for (const [name, data] of Object.entries(parameters)) feeds[`parameter/${name}`] = data;
    for (const [name, draw] of Object.entries(this.#draws.get(examples) ?? {})) feeds[name] = source(name, draw);
    const result = await this.#session.run(String(examples), feeds);
    const scalar = (name: string): InspectedScalar | undefined => {
      const value = result[name]?.[0];
      if (value === undefined) return undefined;
      const prefix = `${name}-gradient/`;
      const gradients = Object.entries(result).flatMap(([key, data]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), data] as const] : [],
      );
      return { value, gradients: Object.fromEntries(gradients) };
    };
    return {
      logits: result['logits'] ?? new Float32Array(),
      loss: scalar('loss') ?? { value: Number.NaN, gradients: {} },
      scalar: scalar('scalar'),
      penalty: scalar('penalty'),
      ascended: scalar('ascended'),
    };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

function inspectFunction(graph: MicroBatchGraph): ProgramFunction {
  const { builder, images, oneHot, parameters, draws, logits, loss, penalty, ascended } = graph;
  const feeds: Record<string, NodeId> = { images, labels: oneHot };
  for (const [name, id] of Object.entries(parameters)) feeds[`parameter/${name}`] = id;
  for (const [name, { node }] of Object.entries(draws)) feeds[name] = node;
  return finishFunction(builder, {
    feeds,
    reads: {},
    fetches: {
      logits,
      ...fetchesOf('loss', loss),
      ...fetchesOf('scalar', penalty?.scalar),
      ...fetchesOf('penalty', penalty?.value),
      ...fetchesOf('ascended', ascended),
    },
    updates: {},
  });
}

function fetchesOf(name: string, scalar: Differentiated | undefined): Record<string, NodeId> {
  if (scalar === undefined) return {};
  const gradients = Object.entries(scalar.gradients).map(([key, id]) => [`${name}-gradient/${key}`, id] as const);
  return { [name]: scalar.value, ...Object.fromEntries(gradients) };
}
