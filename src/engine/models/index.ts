import type { ModelSpec } from '../../contracts/run-spec.ts';
import { convnet, mlp } from './architectures.ts';
import type { ModelDefinition } from './model.ts';
import { resnet } from './resnet.ts';
import { vgg11, vgg16BatchNorm } from './vgg.ts';

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
    case 'resnet18':
      return resnet({ ...task, widths: [1, 2, 4, 8].map((factor) => factor * spec.width), blocks: [2, 2, 2, 2] });
    case 'vgg11':
      return vgg11({ ...task, width: spec.width });
    case 'vgg16-bn':
      return vgg16BatchNorm({ ...task, width: spec.width });
  }
}
