import { gradientNorm as definition } from '../objectives/gradient-norm.ts';
import { groupOfBatch, plainStep, type Method } from './method.ts';

/** Large batch on ell_j + lambda || grad ell_j ||^2, micro-batch by micro-batch. `RegLoss` in the reference code. */
export function gradientNorm({ lambda }: { readonly lambda: number }): Method {
  return { id: 'gradient-norm', microBatches: groupOfBatch, penalty: { lambda, definition }, ...plainStep };
}
