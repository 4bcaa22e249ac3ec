import { plainMethod, type Method } from './method.ts';

/** One step per mini-batch: theta <- theta - eta grad ell_M. `Vanilla` in the reference code; the batch size is the micro-batch. */
export const smallBatch: Method = { ...plainMethod, id: 'small-batch', microBatches: () => 1 };
