import { MicrobatchError } from '../../contracts/errors.ts';
import type { MethodField } from '../../contracts/methods.ts';
import type { RunSpec } from '../../contracts/run-spec.ts';
import { averageJacobian } from '../objectives/average-jacobian.ts';
import { fisherTrace } from '../objectives/fisher-trace.ts';
import { gradientNormDifference } from '../objectives/gradient-norm-difference.ts';
import { gradientNorm } from '../objectives/gradient-norm.ts';
import { unitJacobian } from '../objectives/unit-jacobian.ts';
import { externalGrafting, iterativeGrafting, normalizedGradient } from './grafting.ts';
import { largeBatch } from './large-batch.ts';
import type { Method } from './method.ts';
import { penalised } from './penalised.ts';
import { gradientNormUnsquared, microSharpnessAware, sharpnessAware } from './sharpness-aware.ts';
import { smallBatch } from './small-batch.ts';
import { requireTrace, type Trace } from './trace.ts';

/** The fields of a run spec that make a method. */
export type MethodSettings = Pick<RunSpec, 'method'> & Partial<Pick<RunSpec, MethodField>>;

/**
 * The method of a run spec; `trace` holds the numbers of the trace that external grafting names.
 * Throws `method/missing-field`, `trace/not-valid`, `trace/empty`.
 */
export function methodOf(settings: MethodSettings, trace?: Trace): Method {
  const { method, graft } = settings;
  const penalty = () => ({
    lambda: required(settings, 'lambda', settings.lambda),
    sample: settings.sample === true ? ('random' as const) : settings.sample,
  });
  const radius = (): number => required(settings, 'radius', settings.radius);
  switch (method) {
    case 'small-batch':
      return smallBatch;
    case 'large-batch':
      return largeBatch;
    case 'gradient-norm': {
      const { approximation: scheme } = settings;
      const definition = scheme === undefined ? gradientNorm : gradientNormDifference({ scheme, radius: radius() });
      return penalised(method, definition, penalty());
    }
    case 'fisher-trace':
      return penalised(method, fisherTrace, penalty());
    case 'average-jacobian':
      return penalised(method, averageJacobian(settings.scale ?? 'code'), penalty());
    case 'unit-jacobian':
      return penalised(method, unitJacobian, penalty());
    case 'iterative-grafting':
      if (graft === undefined || !('norm' in graft)) return iterativeGrafting({ sample: 'random' });
      return iterativeGrafting(graft.norm === 'mean' ? 'mean' : { sample: graft.index });
    case 'external-grafting':
      return externalGrafting({
        trace: requireTrace(required(settings, 'graft', trace)),
        mode: graft !== undefined && 'mode' in graft ? graft.mode : 'hold',
      });
    case 'normalized-gradient':
      return normalizedGradient;
    case 'sharpness-aware':
      return sharpnessAware(radius());
    case 'micro-sharpness-aware':
      return microSharpnessAware(radius());
    case 'gradient-norm-unsquared':
      return gradientNormUnsquared({ alpha: required(settings, 'alpha', settings.alpha), radius: radius() });
  }
}

function required<Value>({ method }: MethodSettings, field: MethodField, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new MicrobatchError({ code: 'method/missing-field', message: `${method} needs ${field}` });
}
