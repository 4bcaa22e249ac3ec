import type { MethodId } from '../../contracts/methods.ts';
import type { Penalty } from '../objectives/penalty.ts';
import { plainMethod, type Method, type Sampled } from './method.ts';

/**
 * Large batch on ell_j + lambda R_j, micro-batch by micro-batch. In the sampled form one micro-batch S of the group
 * carries the penalty: G = (1/n) sum_j grad ell_j + lambda grad R_S.
 */
export function penalised(
  id: MethodId,
  definition: Penalty,
  { lambda, sample }: { readonly lambda: number; readonly sample?: Sampled | undefined },
): Method {
  return { ...plainMethod, id, penalty: { lambda, definition }, sample };
}
