import { describe, expect, it } from 'vitest';
import { methodIds } from '../../contracts/methods.ts';
import { methodOf, type MethodSettings } from './index.ts';
import type { StepMeasurements } from './method.ts';

const measured: StepMeasurements = {
  step: 0,
  learningRate: 0.1,
  microGradientNorms: [3, 5, 1],
  sampled: undefined,
};
const trace = { steps: [0, 10], values: [4, 2] };

function sizeOf(settings: MethodSettings, changes: Partial<StepMeasurements> = {}) {
  const method = methodOf(settings, trace);
  return method.update(method.initialState, { ...measured, ...changes }).size;
}

describe('the size of a step', () => {
  it('is the learning rate for plain SGD and every penalty', () => {
    expect(sizeOf({ method: 'large-batch' })).toEqual({ scale: 0.1 });
    expect(sizeOf({ method: 'fisher-trace', lambda: 1 })).toEqual({ scale: 0.1 });
    expect(sizeOf({ method: 'sharpness-aware', radius: 0.05 })).toEqual({ scale: 0.1 });
  });

  it("is the learning rate times the sampled micro-batch's norm, or their mean, for iterative grafting", () => {
    const sampled = sizeOf({ method: 'iterative-grafting', graft: { norm: 'sample', index: 1 } }, { sampled: 1 });
    expect(sampled).toEqual({ length: 0.5, graftNorm: 5 });
    const mean = sizeOf({ method: 'iterative-grafting', graft: { norm: 'mean' } });
    expect(mean).toMatchObject({ graftNorm: 3 });
    expect('length' in mean ? mean.length : 0).toBeCloseTo(0.3, 12);
  });

  it('is the learning rate times the recorded norm of that step for external grafting', () => {
    const graft = { trace: { file: 'norms.csv' }, mode: 'linear' } as const;
    const size = sizeOf({ method: 'external-grafting', graft }, { step: 5 });
    expect(size).toMatchObject({ graftNorm: 3 });
    expect(() => sizeOf({ method: 'external-grafting', graft }, { step: 20 })).toThrow('the trace ends before step 20');
  });

  it('is the learning rate itself for a normalized gradient', () => {
    expect(sizeOf({ method: 'normalized-gradient' }, { step: 99 })).toEqual({ length: 0.1 });
  });
});

describe('methodOf', () => {
  it('makes every method of the contracts', () => {
    for (const method of methodIds) {
      const settings = { method, lambda: 1, radius: 0.1, alpha: 0.5 };
      expect(methodOf(settings, trace).id).toBe(method);
    }
  });

  it('names what is missing', () => {
    expect(() => methodOf({ method: 'gradient-norm' })).toThrow('gradient-norm needs lambda');
    expect(() => methodOf({ method: 'gradient-norm', lambda: 1, approximation: 'central' })).toThrow('needs radius');
    expect(() => methodOf({ method: 'sharpness-aware' })).toThrow('sharpness-aware needs radius');
    expect(() => methodOf({ method: 'gradient-norm-unsquared', radius: 1 })).toThrow('needs alpha');
    expect(() => methodOf({ method: 'external-grafting' })).toThrow('external-grafting needs graft');
    expect(() => methodOf({ method: 'external-grafting' }, { steps: [], values: [] })).toThrow('has no records');
  });

  it('counts n = ceil(B / m) micro-batches, one for small batch', () => {
    const count = (method: 'small-batch' | 'large-batch', batch: number, micro: number): number =>
      methodOf({ method }).microBatches(batch, micro);
    expect(count('large-batch', 5120, 128)).toBe(40);
    expect(count('large-batch', 5120, 100)).toBe(52);
    expect(count('small-batch', 128, 128)).toBe(1);
  });
});
