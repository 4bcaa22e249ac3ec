import { plainMethod, type Method } from './method.ts';

/** One step per large batch: theta <- theta - (eta / n) sum_j grad ell_j. `PseudoGD` in the reference code. */
export const largeBatch: Method = { ...plainMethod, id: 'large-batch' };
