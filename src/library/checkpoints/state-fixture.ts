import type { TrainingState } from '../../engine/training/state.ts';
import type { CheckpointContext } from './checkpoint-store.ts';

/** The state of a net with two parameters after some steps; `changing` differs with the step, `fixed` does not. For tests. */
export function stateFixture(step: number): TrainingState {
  return {
    version: 1,
    parameters: { fixed: Float32Array.of(1, -0, 1e-40), changing: Float32Array.of(step, 0.1) },
    buffers: { 'norm.running_mean': Float32Array.of(0.5) },
    method: { id: 'gradient-norm', state: {} },
    streams: {
      order: [1, 2, 3, 4],
      dropout: [5, 6, 7, 8],
      penalty: [9, 10, 11, 12],
      choice: [13, 14, 15, 16],
      augmentation: [17, 18, 19, 20],
    },
    sampler: { epoch: 0, position: 10 * step },
    counters: { step, samplesSeen: 10 * step, gradientEvaluations: 20 * step },
  };
}

export function contextFixture(changes: Partial<CheckpointContext> = {}): CheckpointContext {
  return {
    reasons: ['last'],
    seconds: 1.5,
    validation: null,
    best: null,
    execution: { executor: 'onnx', device: 'cpu', version: '1', deterministic: true },
    ...changes,
  };
}
