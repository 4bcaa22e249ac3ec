import { plainMethod, type Method, type Sampled } from './method.ts';
import { traceValueAt, type Trace, type TraceMode } from './trace.ts';

/**
 * Grafting M#D (Agarwal, Anil, Hazan, Koren, Zhang, 2020): the length of another step on the direction of the large
 * batch, theta <- theta - eta N g / norm(g). Three sources of N. A zero gradient has no direction: the parameters stay.
 */
const largeBatchDirection = { ...plainMethod, normalised: true } satisfies Omit<Method, 'id'>;

/**
 * N = norm of the plain loss gradient of micro-batches of this very step, at the same parameters: of one of them, or the
 * mean over those present. Source: Novack et al., ICLR 2023; the code was not published, the definition follows the
 * leftovers of it (methods.md).
 */
export function iterativeGrafting(norm: { readonly sample: Sampled } | 'mean'): Method {
  return {
    ...largeBatchDirection,
    id: 'iterative-grafting',
    sample: norm === 'mean' ? undefined : norm.sample,
    update: (state, { learningRate, microGradientNorms, sampled }) => {
      const graftNorm =
        sampled === undefined
          ? microGradientNorms.reduce((sum, each) => sum + each, 0) / microGradientNorms.length
          : (microGradientNorms[sampled] ?? Number.NaN);
      return { state, size: { length: learningRate * graftNorm, graftNorm } };
    },
  };
}

/** N = N(t), the norms that another run recorded, at the same step. Throws `trace/too-short`, `trace/starts-late`. */
export function externalGrafting({ trace, mode }: { readonly trace: Trace; readonly mode: TraceMode }): Method {
  return {
    ...largeBatchDirection,
    id: 'external-grafting',
    update: (state, { learningRate, step }) => {
      const graftNorm = traceValueAt(trace, step, mode);
      return { state, size: { length: learningRate * graftNorm, graftNorm } };
    },
  };
}

/** Steps of constant length, the learning rate: theta <- theta - eta g / norm(g). */
export const normalizedGradient: Method = {
  ...largeBatchDirection,
  id: 'normalized-gradient',
  update: (state, { learningRate }) => ({ state, size: { length: learningRate } }),
};
