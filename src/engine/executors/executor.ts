import type { Graph, NodeId, Shape } from '../graph/graph.ts';

/**
 * One function of a program: a graph, which of its inputs the caller feeds, which are state or rows of a table, what it
 * returns and what it writes back.
 */
export interface ProgramFunction {
  readonly graph: Graph;
  /** Graph inputs fed by the caller on every call: name -> input node. */
  readonly feeds: Readonly<Record<string, NodeId>>;
  /** Graph inputs read from the session's state: state name -> input node. */
  readonly reads: Readonly<Record<string, NodeId>>;
  /** Graph inputs that are rows of a table, one for each entry of their first axis: table name -> input node. */
  readonly rows?: Readonly<Record<string, NodeId>>;
  /** Values returned to the caller. */
  readonly fetches: Readonly<Record<string, NodeId>>;
  /** State after the call: state name -> node whose value it takes. All reads happen before any update. */
  readonly updates: Readonly<Record<string, NodeId>>;
}

/** Rows that a session keeps as they are; a call names the ones that it wants by their numbers. */
export interface Table {
  /** [rows, ...]; a row has the other axes. */
  readonly shape: Shape;
  /** `count` rows from `first` on, row-major. Asked for once, while the program is loaded; may overwrite the array of the call before. */
  readonly read: (first: number, count: number) => Float32Array;
}

/**
 * Functions over shared state tensors. State (parameters, batch-norm buffers, gradient accumulators)
 * stays with the executor between calls; only feeds go in and only fetches come out.
 */
export interface Program {
  readonly state: Readonly<Record<string, Shape>>;
  readonly functions: Readonly<Record<string, ProgramFunction>>;
  /** For executors that keep tables (`Executor.tableBytes`). */
  readonly tables?: Readonly<Record<string, Table>>;
}

export interface Session {
  /** Runs one function. Feeds and fetches are row-major float32 in the shapes of their nodes; `rows`: table name -> numbers of rows. */
  run(
    name: string,
    feeds: Readonly<Record<string, Float32Array>>,
    rows?: Readonly<Record<string, Uint32Array>>,
  ): Promise<Record<string, Float32Array>>;
  /** A copy of a state tensor. */
  read(state: string): Promise<Float32Array>;
  /** Replaces a state tensor; the data are copied. State starts as zeros. */
  write(state: string, data: Float32Array): Promise<void>;
  /** Frees everything; the session cannot be used afterwards. */
  dispose(): Promise<void>;
}

export interface ExecutorDescription {
  /** 'onnx' | 'tfjs-cpu' | ... as on the command line. */
  readonly name: string;
  /** For people, e.g. "CPU, 2 threads". */
  readonly device: string;
  /** Version of the library that computes, e.g. "onnxruntime-node 1.30.0". */
  readonly version: string;
  /** True where the same seed on the same device gives the same bytes. */
  readonly deterministic: boolean;
}

export interface Executor {
  readonly description: ExecutorDescription;
  /** Bytes of tables that it keeps beside the state at most; absent where it keeps none. */
  readonly tableBytes?: number;
  /** Compiles every function of the program. Throws MicrobatchError `executor/compile-failed` naming the operation that it cannot lower. */
  load(program: Program): Promise<Session>;
}
