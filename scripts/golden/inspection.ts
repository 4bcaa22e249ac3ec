import type { Executor, ProgramFunction, Session } from '../../src/engine/executors/executor.ts';
import { finishFunction } from '../../src/engine/graph/program.ts';
import type { Method } from '../../src/engine/methods/method.ts';
import type { ModelDefinition } from '../../src/engine/models/model.ts';
import { microBatchGraph } from '../../src/engine/training/micro-batch.ts';
import { prefixed } from '../../src/engine/training/program.ts';

export interface Inspected {
  readonly logits: Float32Array;
  readonly loss: number;
  readonly penalty: number | undefined;
  /** By parameter name. */
  readonly lossGradients: Readonly<Record<string, Float32Array>>;
  readonly penaltyGradients: Readonly<Record<string, Float32Array>>;
}

/** Opens up single micro-batches: the graph that training runs, with every intermediate quantity fetched. */
export class Inspection {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(
    executor: Executor,
    model: ModelDefinition,
    method: Method,
    sizes: readonly number[],
  ): Promise<Inspection> {
    const functions = Object.fromEntries(sizes.map((size) => [String(size), inspectFunction(model, method, size)]));
    return new Inspection(await executor.load({ state: {}, functions }));
  }

  async run(
    images: Float32Array,
    oneHot: Float32Array,
    examples: number,
    parameters: Readonly<Record<string, Float32Array>>,
  ): Promise<Inspected> {
    const fed = Object.fromEntries(Object.entries(parameters).map(([name, data]) => [`parameter/${name}`, data]));
    const result = await this.#session.run(String(examples), { images, labels: oneHot, ...fed });
    const under = (prefix: string): Record<string, Float32Array> =>
      Object.fromEntries(
        Object.entries(result).flatMap(([name, data]) =>
          name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), data]] : [],
        ),
      );
    return {
      logits: result['logits'] ?? new Float32Array(),
      loss: result['loss']?.[0] ?? Number.NaN,
      penalty: result['penalty']?.[0],
      lossGradients: under('loss-gradient'),
      penaltyGradients: under('penalty-gradient'),
    };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

function inspectFunction(model: ModelDefinition, method: Method, examples: number): ProgramFunction {
  const { builder, images, oneHot, parameters, logits, loss, lossGradients, penalty } = microBatchGraph(
    model,
    method,
    examples,
  );
  return finishFunction(builder, {
    feeds: { images, labels: oneHot, ...prefixed('parameter', parameters) },
    reads: {},
    fetches: {
      logits,
      loss,
      ...prefixed('loss-gradient', lossGradients),
      ...(penalty === undefined ? {} : { penalty: penalty.value, ...prefixed('penalty-gradient', penalty.gradients) }),
    },
    updates: {},
  });
}
