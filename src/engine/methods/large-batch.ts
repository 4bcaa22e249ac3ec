import { groupOfBatch, plainStep, type Method } from './method.ts';

/** One step per large batch: theta <- theta - (eta / n) sum_j grad ell_j. `PseudoGD` in the reference code. */
export const largeBatch: Method = { id: 'large-batch', microBatches: groupOfBatch, penalty: undefined, ...plainStep };
