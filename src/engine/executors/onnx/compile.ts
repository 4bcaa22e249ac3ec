import type { GraphNode, NodeId } from '../../graph/graph.ts';
import type { ProgramFunction } from '../executor.ts';
import { BlockedConvolutions } from './blocked-convolutions.ts';
import { Convolutions } from './convolutions.ts';
import { Emitter } from './emitter.ts';
import type { Value } from './emitter.ts';
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
}

/**
 * Writes one function as one ONNX model with static shapes. Nodes that no output needs are left out. Convolutions use
 * the blocked layout with blocks of `block` channels, or standard operators if it is undefined.
 */
export function compileFunction(
  name: string,
  definition: ProgramFunction,
  block: number | undefined,
): CompiledFunction {
  const { graph } = definition;
  const outputs = [...Object.values(definition.fetches), ...Object.values(definition.updates)];
  const needed = neededNodes(graph.nodes, outputs);
  const routed = new Set(
    graph.nodes.flatMap(({ id, operation, inputs }) =>
      needed.has(id) && (operation.kind === 'maximumPoolScatter' || operation.kind === 'maximumPoolGather')
        ? inputs.slice(0, 1)
        : [],
    ),
  );

  const emitter = new Emitter();
  const convolutions = block === undefined ? new Convolutions(emitter) : new BlockedConvolutions(emitter, block);
  const values = new Map<NodeId, Value>();
  const nodeOf = (id: NodeId): GraphNode => {
    const node = graph.nodes[id];
    if (node === undefined) throw new Error(`function ${name} has no node ${String(id)}`);
    return node;
  };
  const valueOf = (id: NodeId): Value => {
    const value = values.get(id);
    if (value === undefined) throw new Error(`node ${String(id)} of function ${name} is used before it is defined`);
    return value;
  };

  const inputs: OnnxValue[] = [];
  const bind = (names: Readonly<Record<string, NodeId>>, prefix: string): Map<string, string> => {
    const bound = new Map<string, string>();
    for (const [key, id] of Object.entries(names)) {
      if (!needed.has(id)) continue;
      const value = { name: `${prefix}/${key}`, shape: nodeOf(id).shape };
      values.set(id, value);
      inputs.push(value);
      bound.set(key, value.name);
    }
    return bound;
  };
  const feeds = bind(definition.feeds, 'feed');
  const reads = bind(definition.reads, 'state');

  for (const node of graph.nodes) {
    if (!needed.has(node.id) || values.has(node.id)) continue;
    values.set(
      node.id,
      lowerPortably(
        emitter,
        node,
        node.inputs.map(valueOf),
        node.inputs.map((id) => nodeOf(id).shape),
        { routed: routed.has(node.inputs[0] ?? -1), convolutions },
      ),
    );
  }

  const outputValues: OnnxValue[] = [];
  const nameOutputs = (names: Readonly<Record<string, NodeId>>, prefix: string): Map<string, string> =>
    new Map(
      Object.entries(names).map(([key, id]) => {
        const { shape } = nodeOf(id);
        const output = emitter.output(`${prefix}/${key}`, emitter.expand(valueOf(id), shape));
        outputValues.push(output);
        return [key, output.name];
      }),
    );
  const fetches = nameOutputs(definition.fetches, 'fetch');
  const updates = nameOutputs(definition.updates, 'update');
  const model = encodeModel({
    name,
    nodes: emitter.nodes,
    constants: emitter.constants,
    inputs,
    outputs: outputValues,
  });
  return { model, feeds, reads, fetches, updates };
}

function neededNodes(nodes: readonly GraphNode[], outputs: readonly NodeId[]): ReadonlySet<NodeId> {
  const needed = new Set(outputs);
  for (const { id, inputs } of nodes.toReversed()) {
    if (needed.has(id)) inputs.forEach((input) => needed.add(input));
  }
  return needed;
}
