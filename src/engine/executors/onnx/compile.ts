import type { GraphNode, NodeId, Shape } from '../../graph/graph.ts';
import type { Program, ProgramFunction } from '../executor.ts';
import { findRoles } from '../roles.ts';
import type { Role, Roles } from '../roles.ts';
import { BlockedLowering } from './blocked-lowering.ts';
import { Emitter } from './emitter.ts';
import type { Layout, Value } from './emitter.ts';
import { inMemoryOrder } from './execution-order.ts';
import { filterShape, Layouts } from './layouts.ts';
import { encodeModel } from './model-proto.ts';
import type { OnnxValue } from './model-proto.ts';
import { lowerPortably } from './portable-lowering.ts';

/** One program function as an ONNX model, with the names under which its values go in and out. */
export interface CompiledFunction {
  readonly model: Uint8Array;
  /** ONNX inputs that are fed on every call; declared feeds that nothing uses are left out. */
  readonly feeds: ReadonlyMap<string, string>;
  /** ONNX inputs read from state: state name -> ONNX name. */
  readonly reads: ReadonlyMap<string, string>;
  readonly fetches: ReadonlyMap<string, string>;
  readonly updates: ReadonlyMap<string, string>;
  /** State whose update is a sum or difference with itself and that nothing else reads: it may be overwritten as it is read. */
  readonly inPlace: ReadonlySet<string>;
  /** State that the call leaves at zero, whatever it was: that is no work for onnxruntime. */
  readonly cleared: readonly string[];
}

/** Whether a state tensor is kept in the filter layout. */
export function isFilterState(program: Program, block: number | undefined): (state: string) => boolean {
  if (block === undefined) return () => false;
  const roles = findRoles(program);
  return (state) => program.state[state]?.length === 4 && roles.ofState(state) === 'filter';
}

/**
 * Writes the functions of a program as ONNX models with static shapes. With a block length, images and filters lie in
 * the blocked layouts (layouts.ts) wherever they fit; without one everything is made of standard operators.
 */
export function compileProgram(program: Program, block: number | undefined): ReadonlyMap<string, CompiledFunction> {
  const roles = block === undefined ? undefined : findRoles(program);
  const isFilter = isFilterState(program, block);
  return new Map(
    Object.entries(program.functions).map(([name, definition]) => [
      name,
      compileFunction(name, definition, { block, roles, isFilter }),
    ]),
  );
}

interface CompileOptions {
  readonly block: number | undefined;
  readonly roles: Roles | undefined;
  readonly isFilter: (state: string) => boolean;
}

function compileFunction(
  name: string,
  definition: ProgramFunction,
  { block, roles, isFilter }: CompileOptions,
): CompiledFunction {
  const { graph } = definition;
  const outputs = [...Object.values(definition.fetches), ...Object.values(definition.updates)];
  const needed = neededNodes(graph.nodes, outputs);
  const emitter = new Emitter();
  const values = new Map<NodeId, Value>();
  const nodeOf = (id: NodeId): GraphNode => {
    const node = graph.nodes[id];
    if (node === undefined) throw new Error(`function ${name} has no node ${String(id)}`);
    return node;
  };
  const layoutOf = ({ id, shape }: GraphNode): Layout =>
    block === undefined ? 'plain' : layoutFor(roles?.ofNode(name, id), shape, block);
  const layouts = new Layouts(emitter, block ?? 1);
  const valueOf = (id: NodeId, layout: Layout): Value => {
    // A mask is written anew at each use: the emitter knows whether that is to be a new one.
    const value = nodeOf(id).operation.kind === 'positive' ? lower(nodeOf(id)) : values.get(id);
    if (value === undefined) throw new Error(`node ${String(id)} of function ${name} is used before it is defined`);
    return value.layout === layout ? value : layouts.convert(value, layout, nodeOf(id).shape);
  };

  const inputs: OnnxValue[] = [];
  const bind = (names: Readonly<Record<string, NodeId>>, prefix: string): Map<string, string> => {
    const bound = new Map<string, string>();
    for (const [key, id] of Object.entries(names)) {
      if (!needed.has(id)) continue;
      const { shape } = nodeOf(id);
      const inFilterLayout = prefix === 'state' && isFilter(key);
      const value: Value = {
        name: `${prefix}/${key}`,
        shape: inFilterLayout ? filterShape(shape, layouts.block) : shape,
        layout: inFilterLayout ? 'filter' : 'plain',
      };
      values.set(id, value);
      inputs.push(value);
      bound.set(key, value.name);
    }
    return bound;
  };
  const feeds = bind(definition.feeds, 'feed');
  const reads = bind(definition.reads, 'state');

  const kept = new Set(outputs);
  const blocked =
    block === undefined ? undefined : new BlockedLowering({ emitter, layouts, graph, kept, layoutOf, valueOf });
  const routed = routedNodes(graph.nodes, needed);
  const lower = (node: GraphNode): Value => {
    const layout = elementwise.has(node.operation.kind) ? layoutOf(node) : 'plain';
    return (
      blocked?.lower(node) ??
      lowerPortably(
        emitter,
        node,
        node.inputs.map((id) => valueOf(id, nodeOf(id).shape.length === 4 ? layout : 'plain')),
        node.inputs.map((id) => nodeOf(id).shape),
        routed.has(node.inputs[0] ?? -1),
      )
    );
  };
  for (const node of graph.nodes) {
    if (!needed.has(node.id) || values.has(node.id) || blocked?.isInside(node.id) === true) continue;
    values.set(node.id, lower(node));
  }

  const outputValues: Value[] = [];
  const nameOutputs = (names: Readonly<Record<string, NodeId>>, prefix: string): Map<string, string> =>
    new Map(
      Object.entries(names).map(([key, id]) => {
        const { shape } = nodeOf(id);
        const inFilterLayout = prefix === 'update' && isFilter(key);
        const value = valueOf(id, inFilterLayout ? 'filter' : 'plain');
        const whole = emitter.expand(value, inFilterLayout ? filterShape(shape, layouts.block) : shape);
        const output = emitter.output(`${prefix}/${key}`, whole);
        outputValues.push(output);
        return [key, output.name];
      }),
    );
  const fetches = nameOutputs(definition.fetches, 'fetch');
  const isZero = (id: NodeId): boolean => {
    const { operation } = nodeOf(id);
    return operation.kind === 'fill' && operation.value === 0;
  };
  const [clearing, computed] = [true, false].map((wanted) =>
    Object.entries(definition.updates).filter(([, id]) => isZero(id) === wanted),
  );
  const updates = nameOutputs(Object.fromEntries(computed ?? []), 'update');
  const model = encodeModel({
    name,
    nodes: inMemoryOrder(emitter.nodesFor(outputValues)),
    constants: emitter.constants,
    inputs,
    outputs: outputValues,
  });
  const cleared = (clearing ?? []).map(([state]) => state);
  return { model, feeds, reads, fetches, updates, inPlace: sumsInPlace(definition, needed), cleared };
}

/** The layout in which a node's value is kept: blocked where its channels fill whole blocks. */
function layoutFor(role: Role | undefined, shape: Shape, block: number): Layout {
  if (shape.length !== 4 || role === undefined) return 'plain';
  if (role === 'filter') return 'filter';
  return (shape[1] ?? 0) % block === 0 ? 'blocked' : 'plain';
}

/** Operations that work on elements alone, in any layout. */
const elementwise: ReadonlySet<string> = new Set([
  'add',
  'subtract',
  'multiply',
  'negate',
  'exponential',
  'logarithm',
  'reciprocal',
  'reciprocalSquareRoot',
  'squareRoot',
  'scale',
  'offset',
  'relu',
  'positive',
  'multiplyScalar',
]);

function sumsInPlace({ graph, reads, fetches, updates }: ProgramFunction, needed: ReadonlySet<NodeId>): Set<string> {
  const uses = graph.nodes.map(() => 0);
  for (const { id, inputs } of graph.nodes) {
    if (needed.has(id)) inputs.forEach((input) => (uses[input] = (uses[input] ?? 0) + 1));
  }
  const outputs = [...Object.values(fetches), ...Object.values(updates)];
  for (const id of outputs) uses[id] = (uses[id] ?? 0) + 1;
  return new Set(
    Object.entries(updates).flatMap(([state, id]) => {
      const before = reads[state];
      const node = graph.nodes[id];
      const isSum =
        before !== undefined &&
        ((node?.operation.kind === 'add' && node.inputs.includes(before)) ||
          (node?.operation.kind === 'subtract' && node.inputs[0] === before));
      return isSum && uses[before] === 1 && uses[id] === 1 ? [state] : [];
    }),
  );
}

/** Operands whose maxima a pooling scatter or gather also needs to know the places of. */
function routedNodes(nodes: readonly GraphNode[], needed: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  return new Set(
    nodes.flatMap(({ id, operation, inputs }) =>
      needed.has(id) && (operation.kind === 'maximumPoolScatter' || operation.kind === 'maximumPoolGather')
        ? inputs.slice(0, 1)
        : [],
    ),
  );
}

function neededNodes(nodes: readonly GraphNode[], outputs: readonly NodeId[]): ReadonlySet<NodeId> {
  const needed = new Set(outputs);
  for (const { id, inputs } of nodes.toReversed()) {
    if (needed.has(id)) inputs.forEach((input) => needed.add(input));
  }
  return needed;
}
