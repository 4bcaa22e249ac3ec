import type { OnnxNode } from './model-proto.ts';

/**
 * Puts nodes in an order for which onnxruntime runs them so that little is kept for later.
 *
 * onnxruntime does not run nodes in the order of the model. It takes those whose results no other node reads, the last of
 * them first, and runs each right after what it is made of, of which again the last comes first. So results decide what
 * is alive together, and they are put at the end of the model, the first to run last: always the one that needs the
 * fewest further nodes. Gradients then come out in the order of the backward pass, each as soon as its layer is reached.
 *
 * `nodes` come in an order in which every node follows its operands, and so they leave.
 */
export function inMemoryOrder(nodes: readonly OnnxNode[]): OnnxNode[] {
  const producers = new Map<string, OnnxNode>();
  for (const node of nodes) for (const output of node.outputs) producers.set(output, node);
  const operandsOf = (node: OnnxNode): OnnxNode[] => node.inputs.flatMap((input) => producers.get(input) ?? []);

  const read = new Set(nodes.flatMap(operandsOf));
  const waiting = nodes.filter((node) => !read.has(node));
  const done = new Set<OnnxNode>();
  const results: OnnxNode[] = [];
  while (waiting.length > 0) {
    let cheapest: ReadonlySet<OnnxNode> | undefined;
    let position = 0;
    for (const [index, node] of waiting.entries()) {
      const missing = missingFor(node, operandsOf, done, cheapest?.size ?? Number.POSITIVE_INFINITY);
      if (missing === undefined) continue;
      cheapest = missing;
      position = index;
    }
    for (const node of cheapest ?? []) done.add(node);
    results.push(...waiting.splice(position, 1));
  }
  return [...nodes.filter((node) => read.has(node)), ...results.reverse()];
}

/** The nodes that a result needs beyond those that are done; undefined where these are `limit` or more. */
function missingFor(
  result: OnnxNode,
  operandsOf: (node: OnnxNode) => readonly OnnxNode[],
  done: ReadonlySet<OnnxNode>,
  limit: number,
): ReadonlySet<OnnxNode> | undefined {
  const missing = new Set<OnnxNode>();
  const open = [result];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (done.has(node) || missing.has(node)) continue;
    missing.add(node);
    if (missing.size >= limit) return undefined;
    open.push(...operandsOf(node));
  }
  return missing;
}
