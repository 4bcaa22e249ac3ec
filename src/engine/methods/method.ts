import type { MethodId } from '../../contracts/methods.ts';
import type { Penalty } from '../objectives/penalty.ts';

/** State that a method carries from step to step: plain JSON, part of the training state. */
export type MethodState = Readonly<Record<string, number | string | boolean>>;

/** What is known when a step's length is decided: the group is accumulated, the parameters have not moved. */
export interface StepMeasurements {
  /** Steps taken before this one. */
  readonly step: number;
  readonly learningRate: number;
  /** norm(g_j) of the plain loss, for each micro-batch present. */
  readonly microGradientNorms: readonly number[];
}

/**
 * A training method as a pure pair (initialState, update) over explicit state:
 *
 *   theta <- theta - scale * G,   G = (1/n) sum over the group of grad[ell_j + lambda R_j].
 *
 * Methods differ in how micro-batches group into a step, in the penalty R_j, and in the scale.
 */
export interface Method {
  readonly id: MethodId;
  /** n, the nominal number of micro-batches of a step; also the divisor of an incomplete last group. */
  readonly microBatches: (batchSize: number, microBatchSize: number) => number;
  readonly penalty: { readonly lambda: number; readonly definition: Penalty } | undefined;
  readonly initialState: MethodState;
  readonly update: (
    state: MethodState,
    measured: StepMeasurements,
  ) => { readonly state: MethodState; readonly scale: number };
}

/** The step of plain SGD: the constant learning rate, no state. */
export const plainStep: Pick<Method, 'initialState' | 'update'> = {
  initialState: {},
  update: (state, { learningRate }) => ({ state, scale: learningRate }),
};

/** n = ceil(B / m), also where n m differs from B. */
export function groupOfBatch(batchSize: number, microBatchSize: number): number {
  return Math.ceil(batchSize / microBatchSize);
}
