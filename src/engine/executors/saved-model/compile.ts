import type { NodeId, Shape } from '../../graph/graph.ts';
import type { Program, ProgramFunction, Table } from '../executor.ts';
import { Emitter, ordered, plainOrder } from './emitter.ts';
import type { Value } from './emitter.ts';
import { encodeSavedModel } from './graph-def.ts';
import type { Attribute } from './graph-def.ts';
import { lower } from './lowering.ts';
import type { Operand } from './lowering.ts';
import { chooseOrders } from './orders.ts';
import type { Orders } from './orders.ts';

/** Names by which one call of the session feeds and fetches. */
export interface CompiledCall {
  /** Feeds by the caller's names; a declared feed that nothing uses has no placeholder. */
  readonly feeds: readonly { readonly name: string; readonly shape: Shape; readonly placeholder: string | undefined }[];
  /** Numbers of rows by the name of their table, which has rows from 0 to `rows` - 1. */
  readonly rows: readonly {
    readonly table: string;
    readonly rows: number;
    readonly count: number;
    readonly placeholder: string;
  }[];
  readonly fetches: readonly { readonly name: string; readonly node: string }[];
  /** Fetched as well: it is computed after every update. */
  readonly done: string;
}

/** A whole program as one TensorFlow graph. */
export interface CompiledProgram {
  readonly model: Uint8Array;
  readonly functions: ReadonlyMap<string, CompiledCall>;
  /** Fetches `value`. */
  readonly reads: ReadonlyMap<string, CompiledCall>;
  /** Feeds `value`. */
  readonly writes: ReadonlyMap<string, CompiledCall>;
  /** Feeds `zero` (rank 0), which fills every state tensor and every table. Comes before any other call. */
  readonly clear: CompiledCall;
  /** Take numbers of rows, as many as `rows` there tells, and feed their `value`. */
  readonly fills: readonly { readonly table: string; readonly read: Table['read']; readonly call: CompiledCall }[];
}

const float: Attribute = { type: 'float' };
const int32: Attribute = { type: 'int32' };

/**
 * Every function of a program over the same resource variables, which hold the state. A function reads a variable before
 * it assigns it, so all reads happen before any update.
 */
export function compileProgram(program: Program): CompiledProgram {
  const orders = chooseOrders(program);
  const variables = new Variables();
  const emitters: Emitter[] = [];
  const emitterFor = (kind: string): Emitter => {
    const emitter = new Emitter(`${kind}_${String(emitters.length)}`);
    emitters.push(emitter);
    return emitter;
  };

  for (const [name, shape] of Object.entries(program.state)) {
    variables.declare(name, ordered(shape, orders.ofState(name)), orders.ofState(name));
  }
  const tables = Object.entries(program.tables ?? {});
  for (const [name, { shape }] of tables) variables.declare(tableVariable(name), shape, plainOrder(shape.length));
  const functions = Object.entries(program.functions).map(
    ([name, definition]) =>
      [name, compileFunction(name, definition, emitterFor('function'), variables, orders)] as const,
  );
  const reads = Object.keys(program.state).map(
    (name) => [name, compileRead(emitterFor('read'), variables.read(name))] as const,
  );
  const writes = Object.entries(program.state).map(
    ([name, shape]) => [name, compileWrite(emitterFor('write'), variables, name, shape)] as const,
  );
  const clear = compileClear(emitterFor('clear'), variables);
  const fills = tables.map(([table, { read }]) => {
    return { table, read, call: compileFill(emitterFor('fill'), variables, table) };
  });
  return {
    model: encodeSavedModel([...variables.nodes, ...emitters.flatMap(({ nodes }) => nodes)]),
    functions: new Map(functions),
    reads: new Map(reads),
    writes: new Map(writes),
    clear,
    fills,
  };
}

function compileFunction(
  name: string,
  { graph, feeds, reads, rows = {}, fetches, updates }: ProgramFunction,
  emitter: Emitter,
  variables: Variables,
  orders: Orders,
): CompiledCall {
  const values = new Map<NodeId, Value>();
  const operandOf = (id: NodeId): Operand => {
    const [node, value] = [graph.nodes[id], values.get(id)];
    if (node === undefined || value === undefined)
      throw new Error(`function ${name} uses node ${String(id)} too early`);
    return { node, value };
  };
  const fed = Object.entries(feeds).map(([key, id]) => {
    const shape = graph.nodes[id]?.shape ?? [];
    const value = emitter.placeholder(shape);
    values.set(id, value);
    return { name: key, shape, placeholder: value.name };
  });
  const readers = new Map<string, Value>();
  for (const [state, id] of Object.entries(reads)) {
    const value = variables.read(state);
    const own = { ...value, name: emitter.add('ReadVariableOp', [value.name], { dtype: float }) };
    readers.set(state, own);
    values.set(id, own);
  }
  const numbered = Object.entries(rows).map(([table, id]) => {
    const { shape = [] } = graph.nodes[id] ?? {};
    const { call, numbers } = rowNumbers(emitter, variables, table, shape[0] ?? 0);
    // Not a read of the whole table: that copies it once some of its rows have been written.
    const gathered = emitter.add('ResourceGather', [variables.read(tableVariable(table)).name, numbers], {
      dtype: float,
      Tindices: int32,
    });
    values.set(id, { name: gathered, shape, order: plainOrder(shape.length) });
    return call;
  });
  for (const node of graph.nodes) {
    if (!values.has(node.id)) values.set(node.id, lower(emitter, node, operandOf, orders.ofNode(name, node.id)));
  }

  const assignments = Object.entries(updates).map(([state, id]) => {
    const { shape, order } = variables.read(state);
    const stored = emitter.inOrder(operandOf(id).value, order);
    const before = readers.get(state);
    return variables.assign(emitter, state, filled(emitter, variables, stored, shape), before);
  });
  const fetched = Object.entries(fetches).map(([key, id]) => {
    const { node, value } = operandOf(id);
    const whole = emitter.expand(value, ordered(node.shape, value.order));
    const plain = emitter.inOrder(whole, plainOrder(node.shape.length));
    return { name: key, node: emitter.add('Identity', [plain.name], { T: float }) };
  });
  return { feeds: fed, rows: numbered, fetches: fetched, done: after(emitter, assignments) };
}

/** The place of `count` row numbers of a table. */
function rowNumbers(
  emitter: Emitter,
  variables: Variables,
  table: string,
  count: number,
): { readonly call: CompiledCall['rows'][number]; readonly numbers: string } {
  const [rows = 0] = variables.read(tableVariable(table)).shape;
  const { name } = emitter.placeholder([count], int32);
  return { call: { table, rows, count, placeholder: name }, numbers: name };
}

function compileRead(emitter: Emitter, variable: Value): CompiledCall {
  const value = { ...variable, name: emitter.add('ReadVariableOp', [variable.name], { dtype: float }) };
  const plain = emitter.inOrder(value, plainOrder(value.order.length));
  return { feeds: [], rows: [], fetches: [{ name: 'value', node: plain.name }], done: after(emitter, []) };
}

/** TensorFlow borrows the caller's memory for a feed, so the variable takes a copy. */
function compileWrite(emitter: Emitter, variables: Variables, state: string, shape: Shape): CompiledCall {
  const value = emitter.placeholder(shape);
  const copy = emitter.emit('DeepCopy', [value], value);
  const assignment = variables.assign(emitter, state, emitter.inOrder(copy, variables.read(state).order));
  return {
    feeds: [{ name: 'value', shape, placeholder: value.name }],
    rows: [],
    fetches: [],
    done: after(emitter, [assignment]),
  };
}

/** Rows of one write to a table: few enough to be no second copy of it. */
const rowsOfFill = 256;

function compileFill(emitter: Emitter, variables: Variables, table: string): CompiledCall {
  const variable = variables.read(tableVariable(table));
  const [rows = 0, ...row] = variable.shape;
  const count = Math.min(rows, rowsOfFill);
  const { call, numbers } = rowNumbers(emitter, variables, table, count);
  const value = emitter.placeholder([count, ...row]);
  const attributes = { dtype: float, Tindices: int32 };
  const update = emitter.add('ResourceScatterUpdate', [variable.name, numbers, value.name], attributes);
  return {
    feeds: [{ name: 'value', shape: value.shape, placeholder: value.name }],
    rows: [call],
    fetches: [],
    done: after(emitter, [update]),
  };
}

function compileClear(emitter: Emitter, variables: Variables): CompiledCall {
  const zero = emitter.placeholder([]);
  const copy = emitter.emit('DeepCopy', [zero], zero);
  const assignments = variables.names.map((state) => {
    const { shape, order } = variables.read(state);
    const dimensions = emitter.integers(shape);
    const value = emitter.emit('Fill', [dimensions, copy], { shape, order }, { index_type: { type: 'int32' } });
    return variables.assign(emitter, state, value);
  });
  return {
    feeds: [{ name: 'zero', shape: [], placeholder: zero.name }],
    rows: [],
    fetches: [],
    done: after(emitter, assignments),
  };
}

/**
 * A thin value at full size. The sum with a zero from a variable keeps TensorFlow from folding it into a constant, which
 * would stay in memory.
 */
function filled(emitter: Emitter, variables: Variables, value: Value, shape: Shape): Value {
  if (value.shape.join() === shape.join()) return value;
  const zero = variables.read(zeroVariable);
  const read = { ...zero, name: emitter.add('ReadVariableOp', [zero.name], { dtype: float }) };
  return emitter.expand(emitter.emit('AddV2', [value, read], value), shape);
}

/** The name of a number that is there only after the given nodes have run. */
function after(emitter: Emitter, nodes: readonly string[]): string {
  const controls = nodes.map((node) => `^${node}`);
  const done: Attribute = { tensor: { shape: [], values: Float32Array.of(1) } };
  return emitter.add('Const', controls, { dtype: float, value: done });
}

const zeroVariable = 'zero';

/** State may have the same name as a table. */
function tableVariable(table: string): string {
  return `table ${table}`;
}

/** The session's resource variables: one for each state tensor and each table, and one that is zero. */
class Variables {
  readonly nodes: { name: string; operator: string; inputs: string[]; attributes: Record<string, Attribute> }[] = [];
  readonly #handles = new Map<string, Value>();

  constructor() {
    this.declare(zeroVariable, [], []);
  }

  get names(): string[] {
    return [...this.#handles.keys()];
  }

  declare(state: string, shape: Shape, order: readonly number[]): void {
    const name = `variable_${String(this.nodes.length)}`;
    this.nodes.push({
      name,
      operator: 'VarHandleOp',
      inputs: [],
      attributes: { dtype: float, shape: { shape }, shared_name: { text: name }, container: { text: '' } },
    });
    this.#handles.set(state, { name, shape, order });
  }

  /** The handle, with the stored shape and order of what it holds. */
  read(state: string): Value {
    const handle = this.#handles.get(state);
    if (handle === undefined) throw new Error(`the program has no state ${state}`);
    return handle;
  }

  /** Returns the node that assigns, which runs after `before` where that is given. */
  assign(emitter: Emitter, state: string, value: Value, before?: Value): string {
    const controls = before === undefined ? [] : [`^${before.name}`];
    return emitter.add('AssignVariableOp', [this.read(state).name, value.name, ...controls], { dtype: float });
  }
}
