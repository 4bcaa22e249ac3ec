import { methodOf, type MethodSettings } from '../../src/engine/methods/index.ts';
import type { Method } from '../../src/engine/methods/method.ts';
import type { CaseFigures } from './case.ts';

/** The method of a case as the run spec would write it; undefined for a name that the case format does not know. */
export function methodOfCase({ method, hyper }: Pick<CaseFigures, 'method' | 'hyper'>): Method | undefined {
  const settings = settingsOf(method, hyper);
  if (settings === undefined) return undefined;
  const { trace } = hyper;
  if (trace === undefined) return methodOf(settings);
  return methodOf(settings, { steps: trace.map(([step]) => step), values: trace.map(([, norm]) => norm) });
}

function settingsOf(name: string, hyper: CaseFigures['hyper']): MethodSettings | undefined {
  const { lambda, rho, radius, alpha } = hyper;
  switch (name) {
    case 'Vanilla':
      return { method: 'small-batch' };
    case 'PseudoGD':
      return { method: 'large-batch' };
    case 'RegLoss':
      return { method: 'gradient-norm', lambda };
    case 'SampledRegLoss':
      return { method: 'gradient-norm', lambda, sample: true };
    case 'RegLossFD-forward':
      return { method: 'gradient-norm', lambda, approximation: 'forward', radius };
    case 'RegLossFD-central':
      return { method: 'gradient-norm', lambda, approximation: 'central', radius };
    case 'FishLoss':
      return { method: 'fisher-trace', lambda };
    case 'AvgJacLoss':
      return { method: 'average-jacobian', lambda, scale: hyper.aj_scale };
    case 'UnitJacLoss':
      return { method: 'unit-jacobian', lambda };
    case 'IterGraft-sample':
      return { method: 'iterative-grafting', graft: { norm: 'sample', index: 'random' } };
    case 'IterGraft-mean':
      return { method: 'iterative-grafting', graft: { norm: 'mean' } };
    case 'ExterGraft':
      // The run spec names where a trace comes from; the engine takes its numbers beside it.
      return { method: 'external-grafting', graft: { trace: { file: '' }, mode: hyper.trace_mode ?? 'hold' } };
    case 'NGD':
      return { method: 'normalized-gradient' };
    case 'SAM':
      return { method: 'sharpness-aware', radius: rho };
    case 'mSAM':
      return { method: 'micro-sharpness-aware', radius: rho };
    case 'GradNormFD':
      return { method: 'gradient-norm-unsquared', alpha, radius };
    default:
      return undefined;
  }
}
