import { describe, expect, it } from 'vitest';
import { instrumentEvaluationsPerStep } from './instrument-cost.ts';
import { lanczosProducts } from './instruments.ts';

const large = { method: 'large-batch', batchSize: 256, microBatchSize: 16 } as const;

describe('what instruments add to a step', () => {
  it('is nothing without one, and nothing for those that look at no image', () => {
    expect(instrumentEvaluationsPerStep(large, 1000)).toBe(0);
    expect(instrumentEvaluationsPerStep({ ...large, instruments: ['update-to-weight'] }, 1000)).toBe(0);
  });

  it('is a pass over a batch, thinned by the schedule', () => {
    const instruments = [{ id: 'fisher-trace', every: 10 } as const];
    expect(instrumentEvaluationsPerStep({ ...large, instruments }, 1000)).toBe(25.6);
  });

  it('counts a pass that several share once, as often as the most frequent of them', () => {
    const instruments = [
      { id: 'gradient-norm', every: 10 } as const,
      { id: 'micro-gradient-norm', every: 20 } as const,
    ];
    expect(instrumentEvaluationsPerStep({ ...large, instruments }, 1000)).toBe(25.6);
  });

  it('is many passes over the fixed subset for the curvature, of as many images as there are', () => {
    const instruments = [{ id: 'hessian-top', every: 100 } as const];
    expect(instrumentEvaluationsPerStep({ ...large, instruments }, 1000)).toBeCloseTo(
      (2 * lanczosProducts * 256) / 100,
    );
    expect(instrumentEvaluationsPerStep({ ...large, instruments }, 100)).toBeCloseTo((2 * lanczosProducts * 96) / 100);
  });

  it('takes as many micro-batches as the study has for a method without any', () => {
    const small = {
      method: 'small-batch',
      batchSize: 8,
      instruments: [{ id: 'gradient-norm', every: 1 } as const],
    } as const;
    expect(instrumentEvaluationsPerStep({ ...small, instruments: [...small.instruments] }, 1000)).toBe(40 * 8);
  });
});
