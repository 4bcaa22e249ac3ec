import type { ProgramFunction } from '../executors/executor.ts';
import type { GraphBuilder } from './builder.ts';
import type { GraphNode, NodeId } from './graph.ts';

type Names = Readonly<Record<string, NodeId>>;

/**
 * One function of a program from a builder: nodes that no fetch and no update needs are dropped, ids are renumbered.
 * Feeds and rows stay declared even if unused, since callers pass them; unused reads disappear.
 */
export function finishFunction(
  builder: GraphBuilder,
  { feeds, reads, rows = {}, fetches, updates }: Omit<ProgramFunction, 'graph'>,
): ProgramFunction {
  const needed = new Set([feeds, rows, fetches, updates].flatMap((names) => Object.values(names)));
  for (const { id, inputs } of builder.nodes.toReversed()) {
    if (needed.has(id)) inputs.forEach((input) => needed.add(input));
  }

  const renumbered = new Map<NodeId, NodeId>();
  const nodes: GraphNode[] = [];
  for (const node of builder.nodes) {
    if (!needed.has(node.id)) continue;
    renumbered.set(node.id, nodes.length);
    nodes.push({ ...node, id: nodes.length, inputs: node.inputs.flatMap((input) => renumbered.get(input) ?? []) });
  }
  const translate = (names: Names): Record<string, NodeId> =>
    Object.fromEntries(
      Object.entries(names).flatMap(([name, id]) => {
        const translated = renumbered.get(id);
        return translated === undefined ? [] : [[name, translated]];
      }),
    );
  return {
    graph: { nodes },
    feeds: translate(feeds),
    reads: translate(reads),
    ...(Object.keys(rows).length === 0 ? {} : { rows: translate(rows) }),
    fetches: translate(fetches),
    updates: translate(updates),
  };
}
