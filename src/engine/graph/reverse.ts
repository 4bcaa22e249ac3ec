import { MicrobatchError } from '../../contracts/errors.ts';
import type { GraphBuilder } from './builder.ts';
import type { NodeId } from './graph.ts';
import { adjoints } from './rules.ts';

/**
 * The derivative of a rank-0 node by each of the given nodes, as new nodes of the same graph and of the shapes of
 * `withRespectTo`; zeros where the scalar does not depend on a node. The result is made of ordinary nodes, so it can
 * be differentiated again: gradient(b, squaredNorm(gradient(b, loss, p)), p) is exact double reverse mode.
 * Throws `graph/not-a-scalar`.
 */
export function gradient(builder: GraphBuilder, scalar: NodeId, withRespectTo: readonly NodeId[]): NodeId[] {
  const shape = builder.shape(scalar);
  if (shape.length !== 0) {
    throw new MicrobatchError({
      code: 'graph/not-a-scalar',
      message: `only a scalar has a gradient; node ${String(scalar)} has shape [${shape.join(', ')}]`,
      expected: 'a node of rank 0',
    });
  }
  const active = dependents(builder, withRespectTo, scalar);
  const collected = new Map<NodeId, NodeId>([[scalar, builder.fill(1, [])]]);

  for (let id = scalar; id >= 0; id -= 1) {
    const dY = collected.get(id);
    if (dY === undefined || !active.has(id)) continue;
    const node = builder.node(id);
    for (const [index, contribution] of adjoints(builder, node, dY).entries()) {
      const operand = node.inputs[index];
      if (operand === undefined || contribution === undefined || !active.has(operand)) continue;
      const sum = collected.get(operand);
      collected.set(operand, sum === undefined ? contribution : builder.add(sum, contribution));
    }
  }
  return withRespectTo.map((id) => collected.get(id) ?? builder.fill(0, builder.shape(id)));
}

/**
 * The Hessian of a scalar times a direction, from the gradients of that scalar: the derivative of <gradient, direction>,
 * one more reverse pass. A direction has the shape of its gradient.
 */
export function hessianProduct(
  builder: GraphBuilder,
  terms: readonly { readonly gradient: NodeId; readonly direction: NodeId }[],
  withRespectTo: readonly NodeId[],
): NodeId[] {
  const along = terms
    .map(({ gradient: id, direction }) => builder.total(builder.multiply(id, direction)))
    .reduce((sum, term) => builder.add(sum, term), builder.fill(0, []));
  return gradient(builder, along, withRespectTo);
}

/** Nodes up to `last` whose value depends on one of the roots; only their adjoints are worth computing. */
function dependents(builder: GraphBuilder, roots: readonly NodeId[], last: NodeId): ReadonlySet<NodeId> {
  const found = new Set(roots);
  for (const { id, inputs } of builder.nodes.slice(0, last + 1)) {
    if (inputs.some((input) => found.has(input))) found.add(id);
  }
  return found;
}
