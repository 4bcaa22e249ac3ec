import type { ModelSpec } from '../../contracts/run-spec.ts';
import { convnet, mlp } from './architectures.ts';
import type { ModelDefinition } from './model.ts';

/** The model of a run spec for images of the given shape [C, H, W] and number of classes. */
export function modelOf(
  spec: ModelSpec,
  task: { readonly inputShape: readonly [number, number, number]; readonly classes: number },
): ModelDefinition {
  switch (spec.kind) {
    case 'mlp':
      return mlp({ ...task, widths: spec.widths });
    case 'convnet':
      return convnet({ ...task, widths: spec.widths, batchNorm: spec.batchNorm });
  }
}
