import { MicrobatchError } from '../../../contracts/errors.ts';
import type { Shape } from '../../graph/graph.ts';
import { elementCount } from '../../graph/shapes.ts';
import type { Program, Session } from '../executor.ts';
import { compileProgram, isFilterState } from './compile.ts';
import type { CompiledFunction } from './compile.ts';
import { filterShape, readFilter, writeFilter } from './layouts.ts';
import { InferenceSession, Tensor } from './onnxruntime.ts';

export interface SessionOptions {
  /** Threads of one operator. */
  readonly threads: number;
  /** Channels per block for the blocked convolutions; undefined for standard operators only. */
  readonly block: number | undefined;
  /** Keeps onnxruntime from printing errors that the caller expects. */
  readonly quiet?: boolean;
}

/** A state tensor and the buffer that the next update is written into; an update exchanges the two. */
interface StateCell {
  /** As callers see it. */
  readonly shape: Shape;
  /** Channels per block where it is kept in the filter layout. */
  readonly block: number | undefined;
  current: Tensor;
  spare: Tensor | undefined;
}

interface LoadedFunction extends CompiledFunction {
  readonly inference: InferenceSession;
  readonly feedShapes: ReadonlyMap<string, Shape>;
}

/**
 * State lives in tensors that onnxruntime reads and writes. Where a tensor is only added to, it is written in place; any
 * other update goes into a spare buffer, which becomes current when the call has succeeded: all reads happen before any
 * update. Calls on one session run one after the other.
 */
export class OnnxSession implements Session {
  readonly #state: ReadonlyMap<string, StateCell>;
  readonly #functions: ReadonlyMap<string, LoadedFunction>;
  #lastCall: Promise<unknown> = Promise.resolve();
  #disposed = false;

  private constructor(state: ReadonlyMap<string, StateCell>, functions: ReadonlyMap<string, LoadedFunction>) {
    this.#state = state;
    this.#functions = functions;
  }

  /** Compiles every function. Throws `executor/compile-failed` with onnxruntime's reason. */
  static async load(program: Program, options: SessionOptions): Promise<OnnxSession> {
    const functions = new Map<string, LoadedFunction>();
    try {
      for (const [name, compiled] of compileProgram(program, options.block)) {
        const definition = program.functions[name];
        if (definition === undefined) continue;
        const feedShapes = new Map(
          Object.entries(definition.feeds).map(([key, id]) => [key, definition.graph.nodes[id]?.shape ?? []]),
        );
        functions.set(name, { ...compiled, feedShapes, inference: await startInference(name, compiled, options) });
      }
    } catch (error) {
      for (const { inference } of functions.values()) await inference.release();
      throw error;
    }
    const isFilter = isFilterState(program, options.block);
    const state = new Map(
      Object.entries(program.state).map(([name, shape]) => {
        const block = isFilter(name) ? options.block : undefined;
        return [name, { shape, block, current: zeros(storedShape(shape, block)), spare: undefined }] as const;
      }),
    );
    return new OnnxSession(state, functions);
  }

  run(name: string, feeds: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>> {
    return this.#inTurn(() => this.#call(name, feeds));
  }

  read(state: string): Promise<Float32Array> {
    return this.#inTurn(() => {
      const { shape, block, current } = this.#cell(state);
      const data = dataOf(current);
      return Promise.resolve(block === undefined ? data.slice() : readFilter(data, shape, block));
    });
  }

  write(state: string, data: Float32Array): Promise<void> {
    return this.#inTurn(() => {
      const cell = this.#cell(state);
      requireSize(data, cell.shape, `state ${state}`);
      const stored = dataOf(cell.current);
      if (cell.block === undefined) stored.set(data);
      else writeFilter(data, cell.shape, cell.block, stored);
      return Promise.resolve();
    });
  }

  dispose(): Promise<void> {
    return this.#inTurn(async () => {
      this.#disposed = true;
      for (const { inference } of this.#functions.values()) await inference.release();
    });
  }

  async #call(name: string, feeds: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>> {
    const called = this.#function(name);
    const inputs: Record<string, Tensor> = {};
    for (const [key, shape] of called.feedShapes) {
      const data = requireSize(feeds[key], shape, `feed ${key} of ${name}`);
      const onnxName = called.feeds.get(key);
      if (onnxName !== undefined) inputs[onnxName] = new Tensor('float32', data, shape);
    }
    for (const [key, onnxName] of called.reads) inputs[onnxName] = this.#cell(key).current;

    const outputs: Record<string, Tensor | null> = {};
    for (const onnxName of called.fetches.values()) outputs[onnxName] = null;
    for (const [key, onnxName] of called.updates) {
      const cell = this.#cell(key);
      if (called.inPlace.has(key)) {
        outputs[onnxName] = cell.current;
        continue;
      }
      cell.spare ??= zeros(storedShape(cell.shape, cell.block));
      outputs[onnxName] = cell.spare;
    }

    const results = await called.inference.run(inputs, outputs);
    for (const [key, onnxName] of called.updates) {
      const cell = this.#cell(key);
      const written = outputs[onnxName];
      const result = results[onnxName];
      if (written && result) releaseCopy(result, written);
      if (called.inPlace.has(key)) continue;
      const previous = cell.current;
      if (cell.spare !== undefined) cell.current = cell.spare;
      cell.spare = previous;
    }
    for (const key of called.cleared) dataOf(this.#cell(key).current).fill(0);
    const fetched: Record<string, Float32Array> = {};
    for (const [key, onnxName] of called.fetches) {
      const result = results[onnxName];
      if (result !== undefined) fetched[key] = dataOf(result);
    }
    return fetched;
  }

  async #inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    const previous = this.#lastCall;
    const mine = previous.then(() => {
      if (this.#disposed) {
        throw new MicrobatchError({
          code: 'executor/disposed',
          message: 'the session was disposed and cannot be used any more',
          remedy: 'load the program again',
        });
      }
      return call();
    });
    this.#lastCall = mine.catch(() => undefined);
    return mine;
  }

  #function(name: string): LoadedFunction {
    const found = this.#functions.get(name);
    if (found !== undefined) return found;
    throw new MicrobatchError({
      code: 'executor/unknown-function',
      message: `the program has no function ${name}`,
      expected: [...this.#functions.keys()].join(', '),
    });
  }

  #cell(name: string): StateCell {
    const found = this.#state.get(name);
    if (found !== undefined) return found;
    throw new MicrobatchError({
      code: 'executor/unknown-state',
      message: `the session has no state ${name}`,
      expected: [...this.#state.keys()].join(', '),
    });
  }
}

/** The binding returns a copy of what it wrote where it was told to: that is let go at once, not when memory is short. */
function releaseCopy(result: Tensor, written: Tensor): void {
  const { buffer } = dataOf(result);
  if (buffer instanceof ArrayBuffer && buffer !== dataOf(written).buffer) buffer.transfer(0);
}

async function startInference(
  name: string,
  { model }: CompiledFunction,
  { threads, quiet = false }: SessionOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // The lowering leaves nothing to simplify, and the order of its nodes has to stay (execution-order.ts).
      graphOptimizationLevel: 'disabled',
      // The pattern reserves one block for the whole graph: nearly twice the memory, no time gained.
      enableMemPattern: false,
      logSeverityLevel: quiet ? 4 : 3,
      // Waiting threads sleep instead of burning a core between the many short operators.
      extra: threads > 1 ? { session: { intra_op: { allow_spinning: '0' } } } : {},
    });
  } catch (error) {
    throw new MicrobatchError(
      {
        code: 'executor/compile-failed',
        message: `onnxruntime refused function ${name}: ${error instanceof Error ? error.message : String(error)}`,
      },
      { cause: error },
    );
  }
}

function storedShape(shape: Shape, block: number | undefined): Shape {
  return block === undefined ? shape : filterShape(shape, block);
}

function zeros(shape: Shape): Tensor {
  return new Tensor('float32', new Float32Array(elementCount(shape)), shape);
}

function dataOf(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  throw new MicrobatchError({
    code: 'executor/wrong-type',
    message: `onnxruntime returned ${tensor.type}`,
    expected: 'float32',
  });
}

function requireSize(data: Float32Array | undefined, shape: Shape, what: string): Float32Array {
  if (data?.length === elementCount(shape)) return data;
  throw new MicrobatchError({
    code: 'executor/wrong-size',
    message: `${what} has ${data === undefined ? 'no data' : `${String(data.length)} numbers`}`,
    expected: `${String(elementCount(shape))} numbers for shape [${shape.join(', ')}]`,
  });
}
