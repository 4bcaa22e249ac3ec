import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding.js';
import { MicrobatchError } from '../../../contracts/errors.ts';
import { elementCount } from '../../graph/shapes.ts';
import type { Program, Session } from '../executor.ts';
import { compileProgram } from './compile.ts';
import type { CompiledCall, CompiledProgram } from './compile.ts';
import { savedModelTag } from './graph-def.ts';

/**
 * One TensorFlow session: state lives in its variables, a function is one call of the library, in which TensorFlow has
 * optimised the whole graph. Calls block this thread until they are done; a failed call may have assigned some variables.
 */
export class SavedModelSession implements Session {
  readonly #binding: TFJSBinding;
  readonly #program: CompiledProgram;
  readonly #session: number;
  #disposed = false;

  private constructor(binding: TFJSBinding, program: CompiledProgram, session: number) {
    this.#binding = binding;
    this.#program = program;
    this.#session = session;
  }

  /** Compiles the program and clears its state. Throws `executor/compile-failed` with TensorFlow's reason. */
  static load(binding: TFJSBinding, program: Program): SavedModelSession {
    const compiled = compileProgram(program);
    const session = new SavedModelSession(binding, compiled, openSession(binding, compiled.model));
    session.#call('clear', compiled.clear, { zero: Float32Array.of(0) });
    for (const fill of compiled.fills) session.#fill(fill);
    return session;
  }

  async run(
    name: string,
    feeds: Readonly<Record<string, Float32Array>>,
    rows: Readonly<Record<string, Uint32Array>> = {},
  ): Promise<Record<string, Float32Array>> {
    const results = this.#call(name, known(this.#program.functions, name, 'function'), feeds, rows);
    // The call blocked the thread: messages and timers go first.
    await nextTurn();
    return results;
  }

  read(state: string): Promise<Float32Array> {
    const { value } = this.#call(`read ${state}`, known(this.#program.reads, state, 'state'), {});
    return Promise.resolve(value ?? new Float32Array());
  }

  write(state: string, data: Float32Array): Promise<void> {
    this.#call(`write ${state}`, known(this.#program.writes, state, 'state'), { value: data });
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    if (!this.#disposed) this.#binding.deleteSavedModel(this.#session);
    this.#disposed = true;
    return Promise.resolve();
  }

  /** Every call writes as many rows: the last ones come again where the table is no multiple of them. */
  #fill({ table, read, call }: CompiledProgram['fills'][number]): void {
    const [{ rows, count } = { rows: 0, count: 0 }] = call.rows;
    for (let first = 0; first < rows; first += count) {
      const start = Math.min(first, rows - count);
      const numbers = Uint32Array.from({ length: count }, (_, index) => start + index);
      this.#call(`fill ${table}`, call, { value: read(start, count) }, { [table]: numbers });
    }
  }

  #call(
    name: string,
    { feeds, rows, fetches, done }: CompiledCall,
    data: Readonly<Record<string, Float32Array>>,
    numbers: Readonly<Record<string, Uint32Array>> = {},
  ): Record<string, Float32Array> {
    if (this.#disposed) {
      throw new MicrobatchError({
        code: 'executor/disposed',
        message: 'the session was disposed and cannot be used any more',
        remedy: 'load the program again',
      });
    }
    const binding = this.#binding;
    const inputs: { tensor: number; placeholder: string }[] = [];
    try {
      for (const { name: key, shape, placeholder } of feeds) {
        const values = data[key];
        if (values?.length !== elementCount(shape)) throw wrongSize(`feed ${key} of ${name}`, values, shape);
        if (placeholder === undefined) continue;
        inputs.push({ tensor: binding.createTensor([...shape], binding.TF_FLOAT, values), placeholder });
      }
      for (const { table, rows: length, count, placeholder } of rows) {
        const wanted = numbers[table];
        requireRows(`${name} of table ${table}`, wanted, count, length);
        inputs.push({ tensor: binding.createTensor([count], binding.TF_INT32, Int32Array.from(wanted)), placeholder });
      }
      const outputs = binding.runSavedModel(
        this.#session,
        inputs.map(({ tensor }) => tensor),
        inputs.map(({ placeholder }) => `${placeholder}:0`).join(),
        [...fetches.map(({ node }) => node), done].map((node) => `${node}:0`).join(),
      );
      const results: Record<string, Float32Array> = {};
      for (const [index, { name: key }] of fetches.entries()) {
        const values = binding.tensorDataSync(outputs[index]?.id ?? -1);
        if (values instanceof Float32Array) results[key] = values;
      }
      for (const { id } of outputs) binding.deleteTensor(id);
      return results;
    } finally {
      for (const { tensor } of inputs) binding.deleteTensor(tensor);
    }
  }
}

/** The library loads a model from a folder only; the folder is gone when it has been read. */
function openSession(binding: TFJSBinding, model: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'microbatch-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), model);
    return binding.loadSavedModel(folder, savedModelTag);
  } catch (error) {
    throw new MicrobatchError(
      {
        code: 'executor/compile-failed',
        message: `TensorFlow refused the program: ${error instanceof Error ? error.message : String(error)}`,
      },
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A graphics card would give zeros for a row that does not exist. */
function requireRows(
  what: string,
  numbers: Uint32Array | undefined,
  count: number,
  rows: number,
): asserts numbers is Uint32Array {
  if (numbers?.length === count && numbers.every((row) => row < rows)) return;
  throw new MicrobatchError({
    code: 'executor/wrong-rows',
    message: `${what} has ${numbers === undefined ? 'no row numbers' : `the rows ${[...numbers].join(', ')}`}`,
    expected: `${String(count)} numbers below ${String(rows)}`,
  });
}

function known<Value>(values: ReadonlyMap<string, Value>, name: string, what: 'function' | 'state'): Value {
  const found = values.get(name);
  if (found !== undefined) return found;
  throw new MicrobatchError({
    code: `executor/unknown-${what}`,
    message: what === 'state' ? `the session has no state ${name}` : `the program has no function ${name}`,
    expected: [...values.keys()].join(', '),
  });
}

function wrongSize(what: string, data: Float32Array | undefined, shape: readonly number[]): MicrobatchError {
  return new MicrobatchError({
    code: 'executor/wrong-size',
    message: `${what} has ${data === undefined ? 'no data' : `${String(data.length)} numbers`}`,
    expected: `${String(elementCount(shape))} numbers for shape [${shape.join(', ')}]`,
  });
}
