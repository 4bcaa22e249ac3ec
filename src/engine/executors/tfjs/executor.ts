import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { MicrobatchError } from '../../../contracts/errors.ts';
import { lastUses } from '../../graph/liveness.ts';
import { elementCount } from '../../graph/shapes.ts';
import type { Executor, Program, ProgramFunction, Session } from '../executor.ts';
import type { NodeId, Shape } from '../../graph/graph.ts';
import { lower } from './lowering.ts';

/** The interpreter on tfjs's plain JavaScript kernels: no native code, slow, the portable fallback and an oracle. */
export async function openTfjsExecutor(): Promise<Executor> {
  tf.enableProdMode();
  if (!(await tf.setBackend('cpu'))) {
    throw new MicrobatchError({ code: 'executor/not-usable', message: 'the cpu backend of tfjs did not start' });
  }
  await tf.ready();
  return {
    description: {
      name: 'tfjs-cpu',
      device: 'CPU, 1 thread, JavaScript',
      version: `tfjs-core ${tf.version_core}`,
      deterministic: true,
    },
    load: (program) => Promise.resolve(new InterpreterSession(program)),
  };
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

/** Runs functions node by node; a tensor is disposed after its last use. State tensors live as long as the session. */
class InterpreterSession implements Session {
  readonly #program: Program;
  readonly #state = new Map<string, tf.Tensor>();
  readonly #plans = new Map<string, Plan>();

  constructor(program: Program) {
    this.#program = program;
    for (const [name, shape] of Object.entries(program.state)) this.#state.set(name, tf.zeros([...shape]));
  }

  async run(name: string, feeds: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>> {
    const { definition, freed, sources } = this.#plan(name);
    const values = new Map<NodeId, tf.Tensor>();
    for (const node of definition.graph.nodes) {
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

  write(state: string, data: Float32Array): Promise<void> {
    const shape = this.#program.state[state] ?? [];
    const previous = this.#stateTensor(state);
    this.#state.set(state, tensorOf(data, shape, `state ${state}`));
    previous.dispose();
    return Promise.resolve();
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
