import type { Graph, GraphNode, NodeId } from '../../graph/graph.ts';

/**
 * A convolution, or a number times each channel, and what its kernel does before it writes the result: adds one number a
 * channel, adds another tensor, applies ReLU. To the gradient of a filter another one is added.
 */
export interface Chain {
  /** A convolution, one of its gradients, a channelScale; or what the bias is added to, where there is none of them. */
  readonly base: NodeId;
  /** Whether the base is computed as part of the chain; else its value exists already. */
  readonly computesBase: boolean;
  readonly bias?: NodeId;
  readonly sum?: NodeId;
  readonly relu?: boolean;
}

export interface Chains {
  /** The chain that a node is the end of. */
  readonly endingAt: ReadonlyMap<NodeId, Chain>;
  /** Nodes inside chains: their values are never stored. */
  readonly inside: ReadonlySet<NodeId>;
}

/**
 * Finds chains of nodes that one blocked kernel computes in one pass. A node is inside a chain only where the rest of it
 * is all that uses it. `fits`: whether a node's value lies in a layout of the blocked kernels, as every value of a chain
 * must.
 */
export function findChains(graph: Graph, kept: ReadonlySet<NodeId>, fits: (node: GraphNode) => boolean): Chains {
  const uses = graph.nodes.map(() => 0);
  for (const { inputs } of graph.nodes) for (const input of inputs) uses[input] = (uses[input] ?? 0) + 1;
  const endingAt = new Map<NodeId, Chain>();
  const inside = new Set<NodeId>();
  const open = (id: NodeId | undefined): Chain | undefined =>
    id === undefined || uses[id] !== 1 || kept.has(id) ? undefined : endingAt.get(id);

  for (const node of graph.nodes) {
    if (!fits(node)) continue;
    const extended = extend(node, open);
    if (extended === undefined) continue;
    endingAt.set(node.id, extended.chain);
    if (extended.absorbs !== undefined) {
      endingAt.delete(extended.absorbs);
      inside.add(extended.absorbs);
    }
  }
  return { endingAt, inside };
}

function extend(
  { id, operation, inputs }: GraphNode,
  open: (id: NodeId | undefined) => Chain | undefined,
): { chain: Chain; absorbs?: NodeId } | undefined {
  const [a, b] = inputs;
  if (a === undefined) return undefined;
  switch (operation.kind) {
    case 'convolution':
    case 'convolutionFilterGradient':
    case 'channelScale':
      return { chain: { base: id, computesBase: true } };
    case 'convolutionInputGradient':
      // Other strides are woven from several convolutions, which have no end in common.
      return operation.stride === 1 ? { chain: { base: id, computesBase: true } } : undefined;
    case 'channelShift': {
      if (b === undefined) return undefined;
      const before = open(a);
      return before === undefined || before.bias !== undefined || before.relu === true
        ? { chain: { base: a, computesBase: false, bias: b } }
        : { chain: { ...before, bias: b }, absorbs: a };
    }
    case 'add': {
      for (const [end, sum] of [
        [a, b],
        [b, a],
      ] as const) {
        const before = open(end);
        if (before === undefined || sum === undefined || end === undefined || a === b) continue;
        if (before.sum === undefined && before.relu !== true) return { chain: { ...before, sum }, absorbs: end };
      }
      return undefined;
    }
    case 'relu': {
      const before = open(a);
      return before === undefined || before.relu === true
        ? undefined
        : { chain: { ...before, relu: true }, absorbs: a };
    }
    default:
      return undefined;
  }
}
