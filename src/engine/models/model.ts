import { z } from 'zod';
import type { Shape } from '../graph/graph.ts';

const whole = z.int().min(1);

/** A convolution with zero padding on all four sides; weight [out, in, kernel, kernel], bias [out]. */
const convolutionLayer = z.object({
  type: z.literal('conv2d'),
  name: z.string(),
  in: whole,
  out: whole,
  kernel: whole,
  stride: whole,
  padding: z.int().min(0),
  bias: z.boolean(),
});
/** PyTorch's BatchNorm2d: weight, bias, running_mean, running_var, each [features]. */
const batchNormLayer = z.object({
  type: z.literal('batchnorm2d'),
  name: z.string(),
  features: whole,
  eps: z.number().positive(),
  momentum: z.number().min(0).max(1),
});
/** weight [out, in], bias [out]. */
const linearLayer = z.object({ type: z.literal('linear'), name: z.string(), in: whole, out: whole });
/** Square window, stride = window, incomplete windows dropped. */
const maximumPoolLayer = z
  .object({ type: z.literal('maxpool2d'), kernel: whole, stride: whole })
  .refine(({ kernel, stride }) => kernel === stride, 'a max-pool whose stride is its window');

const simpleLayers = [
  convolutionLayer,
  batchNormLayer,
  linearLayer,
  maximumPoolLayer,
  z.object({ type: z.literal('relu') }),
  /** [N, C, H, W] -> [N, C H W]. */
  z.object({ type: z.literal('flatten') }),
  /** Mean over height and width: [N, C, H, W] -> [N, C]. */
  z.object({ type: z.literal('globalavgpool') }),
] as const;

const simpleLayer = z.discriminatedUnion('type', simpleLayers);

/** Main path plus shortcut path (empty = identity), without the activation that follows. */
const residualLayer = z.object({
  type: z.literal('residual'),
  name: z.string(),
  main: z.array(simpleLayer),
  shortcut: z.array(simpleLayer),
});

/** A layer as data; parameter names are `NAME.weight` and so on, as in a PyTorch state_dict. */
export const layerSchema = z.discriminatedUnion('type', [...simpleLayers, residualLayer]);
export type Layer = z.infer<typeof layerSchema>;

export interface ModelDefinition {
  /** [channels, height, width] of one image. */
  readonly inputShape: readonly [number, number, number];
  readonly classes: number;
  readonly layers: readonly Layer[];
}

/** How a tensor starts: a constant, or uniform in [-bound, bound). */
export type Initialiser =
  { readonly kind: 'constant'; readonly value: number } | { readonly kind: 'uniform'; readonly bound: number };

export interface TensorSpecification {
  readonly name: string;
  readonly shape: Shape;
  readonly initialiser: Initialiser;
}

/**
 * Trainable tensors in the order of a state_dict, with PyTorch's defaults: kaiming_uniform with a = sqrt 5, which is
 * U(-1/sqrt(fan in), 1/sqrt(fan in)), for weights and biases of convolutions and linear layers; 1 and 0 for batch norm.
 */
export function parameterSpecifications(model: ModelDefinition): TensorSpecification[] {
  return flattenLayers(model.layers).flatMap((layer): TensorSpecification[] => {
    switch (layer.type) {
      case 'conv2d': {
        const initialiser = uniform(layer.in * layer.kernel * layer.kernel);
        const weight = {
          name: `${layer.name}.weight`,
          shape: [layer.out, layer.in, layer.kernel, layer.kernel],
          initialiser,
        };
        return layer.bias ? [weight, { name: `${layer.name}.bias`, shape: [layer.out], initialiser }] : [weight];
      }
      case 'linear': {
        const initialiser = uniform(layer.in);
        return [
          { name: `${layer.name}.weight`, shape: [layer.out, layer.in], initialiser },
          { name: `${layer.name}.bias`, shape: [layer.out], initialiser },
        ];
      }
      case 'batchnorm2d':
        return [
          { name: `${layer.name}.weight`, shape: [layer.features], initialiser: { kind: 'constant', value: 1 } },
          { name: `${layer.name}.bias`, shape: [layer.features], initialiser: { kind: 'constant', value: 0 } },
        ];
      default:
        return [];
    }
  });
}

/** Running statistics of batch norm: mean 0, variance 1 at the start. */
export function bufferSpecifications(model: ModelDefinition): TensorSpecification[] {
  return flattenLayers(model.layers).flatMap((layer): TensorSpecification[] =>
    layer.type === 'batchnorm2d'
      ? [
          { name: `${layer.name}.running_mean`, shape: [layer.features], initialiser: { kind: 'constant', value: 0 } },
          { name: `${layer.name}.running_var`, shape: [layer.features], initialiser: { kind: 'constant', value: 1 } },
        ]
      : [],
  );
}

/** Layers in the order of their parameters, residual paths unfolded. */
function flattenLayers(layers: readonly Layer[]): Exclude<Layer, { type: 'residual' }>[] {
  return layers.flatMap((layer) => (layer.type === 'residual' ? [...layer.main, ...layer.shortcut] : [layer]));
}

function uniform(fanIn: number): Initialiser {
  return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) };
}
