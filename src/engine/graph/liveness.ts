import type { Graph, NodeId } from './graph.ts';

/**
 * For every node the operands whose last use it is: an interpreter may free them right after it. Nodes in `kept`
 * (fetches, updates) are never listed; a node that nothing uses is listed at itself.
 */
export function lastUses(graph: Graph, kept: ReadonlySet<NodeId>): readonly (readonly NodeId[])[] {
  const lastUser = graph.nodes.map(({ id }) => id);
  for (const { id, inputs } of graph.nodes) {
    for (const input of inputs) lastUser[input] = id;
  }
  const freed: NodeId[][] = graph.nodes.map(() => []);
  for (const [id, user] of lastUser.entries()) {
    if (!kept.has(id)) freed[user]?.push(id);
  }
  return freed;
}
