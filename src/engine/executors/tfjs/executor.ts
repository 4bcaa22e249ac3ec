import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { MicrobatchError } from '../../../contracts/errors.ts';
import { lastUses } from '../../graph/liveness.ts';
import { elementCount } from '../../graph/shapes.ts';
import type { Executor, Program, ProgramFunction, Session } from '../executor.ts';
import type { NodeId, Shape } from '../../graph/graph.ts';
import { lower } from './lowering.ts';

export type TfjsBackend = 'wasm' | 'cpu';

const devices: Readonly<Record<TfjsBackend, string>> = {
  wasm: 'CPU, 1 thread, WebAssembly',
  cpu: 'CPU, 1 thread, JavaScript',
};

/**
 * The interpreter on tfjs's kernels, without native code: WebAssembly is the portable fallback, plain JavaScript slower
 * by far, an oracle for tests.
 */
export async function openTfjsExecutor(backend: TfjsBackend): Promise<Executor> {
  tf.enableProdMode();
  if (backend === 'wasm') await prepareWasm();
  await activate(backend);
  return {
    description: {
      name: `tfjs-${backend}`,
      device: devices[backend],
      version: `tfjs-core ${tf.version_core}`,
      deterministic: true,
    },
    load: async (program) => {
      await activate(backend);
      return new InterpreterSession(program, backend);
    },
  };
}

/** The library's own search for its binary starts where the program was started, so it is told where it lies. */
async function prepareWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const { resolve } = createRequire(import.meta.url);
  setWasmPaths(join(dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out/'));
}

/** tfjs computes on one backend at a time, for the whole process. */
async function activate(backend: TfjsBackend): Promise<void> {
  if (tf.getBackend() === backend) return;
  if (!(await tf.setBackend(backend))) {
    throw new MicrobatchError({
      code: 'executor/not-usable',
      message: `the ${backend} backend of tfjs did not start`,
    });
  }
  await tf.ready();
}

interface Source {
  readonly from: 'feed' | 'state';
  readonly name: string;
}

interface Plan {
  readonly definition: ProgramFunction;
  readonly freed: readonly (readonly NodeId[])[];
  /** Input node -> where its value comes from. */
  readonly sources: ReadonlyMap<NodeId, Source>;
}

/** Messages and timers of the process are let in this often: a long function must not make it look dead. */
const breathMilliseconds = 100;

/** Runs functions node by node; a tensor is disposed after its last use. State tensors live as long as the session. */
class InterpreterSession implements Session {
  readonly #program: Program;
  readonly #backend: TfjsBackend;
  readonly #state = new Map<string, tf.Tensor>();
  readonly #plans = new Map<string, Plan>();

  constructor(program: Program, backend: TfjsBackend) {
    this.#program = program;
    this.#backend = backend;
    for (const [name, shape] of Object.entries(program.state)) this.#state.set(name, tf.zeros([...shape]));
  }

  async run(name: string, feeds: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>> {
    const { definition, freed, sources } = this.#plan(name);
    await activate(this.#backend);
    const values = new Map<NodeId, tf.Tensor>();
    let breath = performance.now();
    for (const node of definition.graph.nodes) {
      if (performance.now() - breath >= breathMilliseconds) {
        await nextTurn();
        // Whoever had a turn may have computed on another backend.
        await activate(this.#backend);
        breath = performance.now();
      }
      const source = sources.get(node.id);
      const operands = node.inputs.map((id) => held(values, id));
      const value =
        source === undefined
          ? tf.tidy(() => lower(node, operands))
          : source.from === 'state'
            ? tf.clone(this.#stateTensor(source.name))
            : tensorOf(feeds[source.name], node.shape, `feed ${source.name}`);
      values.set(node.id, value);
      for (const id of freed[node.id] ?? []) {
        held(values, id).dispose();
        values.delete(id);
      }
    }

    const fetched: Record<string, Float32Array> = {};
    for (const [key, id] of Object.entries(definition.fetches)) fetched[key] = await copyOf(held(values, id));
    for (const [key, id] of Object.entries(definition.updates)) {
      this.#stateTensor(key).dispose();
      this.#state.set(key, tf.clone(held(values, id)));
    }
    for (const value of values.values()) value.dispose();
    return fetched;
  }

  read(state: string): Promise<Float32Array> {
    return copyOf(this.#stateTensor(state));
  }

  async write(state: string, data: Float32Array): Promise<void> {
    await activate(this.#backend);
    const shape = this.#program.state[state] ?? [];
    const previous = this.#stateTensor(state);
    this.#state.set(state, tensorOf(data, shape, `state ${state}`));
    previous.dispose();
  }

  dispose(): Promise<void> {
    for (const tensor of this.#state.values()) tensor.dispose();
    this.#state.clear();
    return Promise.resolve();
  }

  #plan(name: string): Plan {
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    const definition = this.#program.functions[name];
    if (definition === undefined) {
      throw new MicrobatchError({
        code: 'executor/unknown-function',
        message: `the program has no function ${name}`,
        expected: Object.keys(this.#program.functions).join(', '),
      });
    }
    const plan: Plan = {
      definition,
      freed: lastUses(
        definition.graph,
        new Set([...Object.values(definition.fetches), ...Object.values(definition.updates)]),
      ),
      sources: new Map<NodeId, Source>([
        ...Object.entries(definition.feeds).map(([key, id]) => [id, { from: 'feed', name: key }] as const),
        ...Object.entries(definition.reads).map(([key, id]) => [id, { from: 'state', name: key }] as const),
      ]),
    };
    this.#plans.set(name, plan);
    return plan;
  }

  #stateTensor(name: string): tf.Tensor {
    const tensor = this.#state.get(name);
    if (tensor !== undefined) return tensor;
    throw new MicrobatchError({
      code: 'executor/unknown-state',
      message: `the session has no state ${name}`,
      expected: [...this.#state.keys()].join(', '),
    });
  }
}

function held(values: ReadonlyMap<NodeId, tf.Tensor>, id: NodeId): tf.Tensor {
  const value = values.get(id);
  if (value === undefined) throw new Error(`node ${String(id)} was freed before its last use`);
  return value;
}

/** A tensor with its own copy of the data: the cpu backend would keep the caller's array otherwise. */
function tensorOf(data: Float32Array | undefined, shape: Shape, what: string): tf.Tensor {
  if (data?.length !== elementCount(shape)) {
    throw new MicrobatchError({
      code: 'executor/wrong-size',
      message: `${what} has ${data === undefined ? 'no data' : `${String(data.length)} numbers`}`,
      expected: `${String(elementCount(shape))} numbers for shape [${shape.join(', ')}]`,
    });
  }
  return tf.tensor(new Float32Array(data), [...shape], 'float32');
}

async function copyOf(tensor: tf.Tensor): Promise<Float32Array> {
  const data = await tensor.data<'float32'>();
  return Float32Array.from(data);
}
