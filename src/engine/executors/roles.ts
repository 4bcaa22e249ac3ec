import type { GraphNode, NodeId } from '../graph/graph.ts';
import type { Program } from './executor.ts';

/** What a tensor of four axes is to the kernels: activations [N, C, H, W] or filters [out, in, kh, kw]. */
export type Role = 'image' | 'filter';

export interface Roles {
  ofNode(functionName: string, id: NodeId): Role | undefined;
  ofState(name: string): Role | undefined;
}

/**
 * The role of every value of a program. Kernels want images and filters stored in orders of their own; values that meet in
 * elementwise operations or in state should share one. So they are joined into groups, and a group takes the role in
 * which a convolution, pooling or channel operation meets it: parameters, their gradients and sums are filters, and
 * almost nothing has to be reordered on the way.
 */
export function findRoles(program: Program): Roles {
  const groups = new Groups();
  for (const [name, { graph, reads, updates }] of Object.entries(program.functions)) {
    for (const node of graph.nodes) {
      const demands = demandsOf(node);
      node.inputs.forEach((input, index) => {
        const demand = demands.operands[index];
        if (demand === 'same') groups.join(nodeKey(name, input), nodeKey(name, node.id));
        else if (demand !== undefined) groups.mark(nodeKey(name, input), demand);
      });
      if (demands.result !== undefined) groups.mark(nodeKey(name, node.id), demands.result);
    }
    for (const [state, id] of [...Object.entries(reads), ...Object.entries(updates)]) {
      groups.join(stateKey(state), nodeKey(name, id));
    }
  }
  return {
    ofNode: (name, id) => groups.roleOf(nodeKey(name, id)),
    ofState: (name) => groups.roleOf(stateKey(name)),
  };
}

/** What an operation wants of its operands and its result; `same` = as the result. */
interface Demands {
  readonly operands: readonly (Role | 'same' | undefined)[];
  readonly result?: Role;
}

function demandsOf({ operation }: GraphNode): Demands {
  switch (operation.kind) {
    case 'convolution':
    case 'convolutionInputGradient':
      return { operands: ['image', 'filter'], result: 'image' };
    case 'convolutionFilterGradient':
      return { operands: ['image', 'image'], result: 'filter' };
    case 'maximumPool':
    case 'maximumPoolScatter':
    case 'maximumPoolGather':
      return { operands: ['image', 'image'], result: 'image' };
    case 'channelScale':
    case 'channelShift':
      return { operands: ['image'], result: 'image' };
    case 'channelSum':
    case 'channelDot':
      return { operands: ['image', 'image'] };
    case 'channelBroadcast':
      return { operands: [], result: 'image' };
    case 'input':
    case 'fill':
    case 'reshape':
    case 'sum':
    case 'broadcast':
    case 'matrixMultiply':
    case 'rowMaximum':
    case 'rowArgumentMaximum':
      return { operands: [] };
    case 'multiplyScalar':
      return { operands: [undefined, 'same'] };
    default:
      return { operands: ['same', 'same'] };
  }
}

function nodeKey(functionName: string, id: NodeId): string {
  return `node ${String(id)} of ${functionName}`;
}

function stateKey(name: string): string {
  return `state ${name}`;
}

/** Disjoint sets with at most one role each; where a set meets both, it counts as images. */
class Groups {
  readonly #parents = new Map<string, string>();
  readonly #roles = new Map<string, Role>();

  roleOf(key: string): Role | undefined {
    return this.#roles.get(this.#root(key));
  }

  mark(key: string, role: Role): void {
    const root = this.#root(key);
    if (this.#roles.get(root) !== 'image') this.#roles.set(root, role);
  }

  join(left: string, right: string): void {
    const root = this.#root(left);
    const other = this.#root(right);
    if (root === other) return;
    this.#parents.set(other, root);
    const role = this.#roles.get(other);
    if (role !== undefined) this.mark(root, role);
  }

  #root(key: string): string {
    let root = key;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root)) root = parent;
    if (root !== key) this.#parents.set(key, root);
    return root;
  }
}
