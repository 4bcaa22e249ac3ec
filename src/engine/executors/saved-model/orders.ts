import type { NodeId, Shape } from '../../graph/graph.ts';
import type { Program } from '../executor.ts';
import { findRoles } from '../roles.ts';
import type { Role } from '../roles.ts';
import { filterOrder, imageOrder, plainOrder } from './emitter.ts';
import type { Order } from './emitter.ts';

/** The stored order of every value of a program. */
export interface Orders {
  ofNode(functionName: string, id: NodeId): Order;
  ofState(name: string): Order;
}

/** TensorFlow's processor kernels want images as [N, H, W, C] and filters as [kh, kw, in, out]. */
export function chooseOrders(program: Program): Orders {
  const roles = findRoles(program);
  return {
    ofNode: (name, id) => orderOf(roles.ofNode(name, id), program.functions[name]?.graph.nodes[id]?.shape ?? []),
    ofState: (name) => orderOf(roles.ofState(name), program.state[name] ?? []),
  };
}

function orderOf(role: Role | undefined, shape: Shape): Order {
  if (role === undefined || shape.length !== 4) return plainOrder(shape.length);
  return role === 'image' ? imageOrder : filterOrder;
}
