import type { MethodId } from '../../contracts/methods.ts';
import type { Penalty } from '../objectives/penalty.ts';

/** State that a method carries from step to step: plain JSON, part of the training state. */
export type MethodState = Readonly<Record<string, number | string | boolean>>;

/** What is known when a step's length is decided: the group is accumulated, the parameters have not moved. */
export interface StepMeasurements {
  /** t: steps taken before this one. */
  readonly step: number;
  readonly learningRate: number;
  /** norm(g_j) of the plain loss, for each micro-batch present. */
  readonly microGradientNorms: readonly number[];
  /** Position of the sampled micro-batch; undefined for methods that sample none. */
  readonly sampled: number | undefined;
}

/**
 * How far the parameters move along -G: `scale` times G, or, for methods that take only the direction of G, a step of
 * the given length.
 */
export type StepSize = { readonly scale: number } | { readonly length: number; readonly graftNorm?: number };

/** A penalty and its weight. */
export interface WeightedPenalty {
  readonly lambda: number;
  readonly definition: Penalty;
}

/** The gradient of the loss is taken at theta + radius * v / norm(v) instead of theta. */
export interface Ascent {
  readonly radius: number;
  /** v: the gradient of the whole group, or of each micro-batch for itself. */
  readonly along: 'group' | 'micro-batch';
  /** Share a of the ascended gradient: G = (1 - a) g + a g(ascended). 1 for along 'micro-batch'. */
  readonly share: number;
}

/** Which micro-batch of a group is treated apart: one position for good, or another one each step. */
export type Sampled = number | 'random';

/**
 * A training method as a pure pair (initialState, update) over explicit state:
 *
 *   theta <- theta - scale * G,   G = (1/n) sum over the group of grad[ell_j + lambda R_j].
 *
 * Methods differ in how micro-batches group into a step, in the penalty R_j, in where the gradient is taken, and in the
 * scale.
 */
export interface Method {
  readonly id: MethodId;
  /** n, the nominal number of micro-batches of a step; also the divisor of an incomplete last group. */
  readonly microBatches: (batchSize: number, microBatchSize: number) => number;
  /** A penalty and an ascent exclude each other. */
  readonly penalty: WeightedPenalty | undefined;
  readonly ascent: Ascent | undefined;
  /**
   * With a penalty: only this micro-batch is penalised, and lambda multiplies its R_j without 1/n, so that the expected
   * strength is that of the full mean. Without: the one whose gradient norm is grafted.
   */
  readonly sample: Sampled | undefined;
  /** True where `update` gives a length: the norm of G is needed before the step. */
  readonly normalised: boolean;
  readonly initialState: MethodState;
  readonly update: (
    state: MethodState,
    measured: StepMeasurements,
  ) => { readonly state: MethodState; readonly size: StepSize };
}

/** The step of plain SGD on the large batch's loss: what methods add to. */
export const plainMethod: Omit<Method, 'id'> = {
  microBatches: (batchSize, microBatchSize) => Math.ceil(batchSize / microBatchSize),
  penalty: undefined,
  ascent: undefined,
  sample: undefined,
  normalised: false,
  initialState: {},
  update: (state, { learningRate }) => ({ state, size: { scale: learningRate } }),
};
