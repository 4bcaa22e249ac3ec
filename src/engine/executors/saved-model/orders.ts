import type { GraphNode, NodeId, Shape } from '../../graph/graph.ts';
import type { Program } from '../executor.ts';
import { filterOrder, imageOrder, plainOrder } from './emitter.ts';
import type { Order } from './emitter.ts';

/** The stored order of every value of a program. */
export interface Orders {
  ofNode(functionName: string, id: NodeId): Order;
  ofState(name: string): Order;
}

/**
 * TensorFlow's processor kernels want images as [N, H, W, C] and filters as [kh, kw, in, out]. Values that meet in
 * elementwise operations, in state or in pooling share one order, found by joining them into groups; a group takes the order
 * of the convolution or channel operation that it meets. So parameters, their gradients and sums are stored as filters,
 * and activations as images, and almost nothing is transposed on the way.
 */
export function chooseOrders(program: Program): Orders {
  const groups = new Groups();
  for (const [name, { graph, reads, updates }] of Object.entries(program.functions)) {
    for (const node of graph.nodes) {
      const roles = rolesOf(node);
      node.inputs.forEach((input, index) => {
        const role = roles.operands[index];
        if (role === 'same') groups.join(nodeKey(name, input), nodeKey(name, node.id));
        else if (role !== undefined) groups.mark(nodeKey(name, input), role);
      });
      if (roles.result !== undefined) groups.mark(nodeKey(name, node.id), roles.result);
    }
    for (const [state, id] of [...Object.entries(reads), ...Object.entries(updates)]) {
      groups.join(stateKey(state), nodeKey(name, id));
    }
  }
  const orderOf = (key: string, shape: Shape): Order => {
    if (shape.length !== 4) return plainOrder(shape.length);
    const role = groups.roleOf(key);
    if (role === undefined) return plainOrder(4);
    return role === 'image' ? imageOrder : filterOrder;
  };
  return {
    ofNode: (name, id) => orderOf(nodeKey(name, id), program.functions[name]?.graph.nodes[id]?.shape ?? []),
    ofState: (name) => orderOf(stateKey(name), program.state[name] ?? []),
  };
}

type Role = 'image' | 'filter';

/** What an operation says about its operands and its result; `same` = stored like the result. */
interface Roles {
  readonly operands: readonly (Role | 'same' | undefined)[];
  readonly result?: Role;
}

function rolesOf({ operation }: GraphNode): Roles {
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
