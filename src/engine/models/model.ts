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
  /** x times a constant. */
  z.object({ type: z.literal('scale'), factor: z.number() }),
  /** Training: each entry 0 with probability p, else x / (1 - p). Evaluation: x. */
  z.object({ type: z.literal('dropout'), p: z.number().min(0).lt(1) }),
  /** ln(1 + e^x) and tanh x: smooth, for tests by finite differences; both overflow beyond 40. */
  z.object({ type: z.literal('softplus') }),
  z.object({ type: z.literal('tanh') }),
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
  /** Starting values of convolutions and linear layers; PyTorch's defaults unless given. */
  readonly initialisation?: Initialisation;
}

/**
 * `pytorch`: kaiming_uniform with a = sqrt 5, which is U(-1/sqrt(fan in), 1/sqrt(fan in)), for weights and biases.
 * `fan-out`: convolutions N(0, 2 / (kernel^2 out)), biases 0, linear layers as PyTorch (the study's VGG-11).
 * `torchvision-vgg`: convolutions as `fan-out`, linear layers N(0, 0.01^2), biases 0.
 * Batch norm starts at 1 and 0 in all of them.
 */
export type Initialisation = 'pytorch' | 'fan-out' | 'torchvision-vgg';

/** How a tensor starts: a constant, uniform in [-bound, bound), or normal around 0. */
export type Initialiser =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly standardDeviation: number };

export interface TensorSpecification {
  readonly name: string;
  readonly shape: Shape;
  readonly initialiser: Initialiser;
}

/** Trainable tensors in the order of a state_dict. */
export function parameterSpecifications(model: ModelDefinition): TensorSpecification[] {
  const initialisation = model.initialisation ?? 'pytorch';
  return flattenLayers(model.layers).flatMap((layer): TensorSpecification[] => {
    switch (layer.type) {
      case 'conv2d': {
        const { weight, bias } = convolutionInitialisers(layer, initialisation);
        const shape = [layer.out, layer.in, layer.kernel, layer.kernel];
        const filter = { name: `${layer.name}.weight`, shape, initialiser: weight };
        return layer.bias ? [filter, { name: `${layer.name}.bias`, shape: [layer.out], initialiser: bias }] : [filter];
      }
      case 'linear': {
        const { weight, bias } = linearInitialisers(layer.in, initialisation);
        return [
          { name: `${layer.name}.weight`, shape: [layer.out, layer.in], initialiser: weight },
          { name: `${layer.name}.bias`, shape: [layer.out], initialiser: bias },
        ];
      }
      case 'batchnorm2d':
        return [
          { name: `${layer.name}.weight`, shape: [layer.features], initialiser: constant(1) },
          { name: `${layer.name}.bias`, shape: [layer.features], initialiser: constant(0) },
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
          { name: `${layer.name}.running_mean`, shape: [layer.features], initialiser: constant(0) },
          { name: `${layer.name}.running_var`, shape: [layer.features], initialiser: constant(1) },
        ]
      : [],
  );
}

/** Layers in the order of their parameters, residual paths unfolded. */
function flattenLayers(layers: readonly Layer[]): Exclude<Layer, { type: 'residual' }>[] {
  return layers.flatMap((layer) => (layer.type === 'residual' ? [...layer.main, ...layer.shortcut] : [layer]));
}

interface LayerInitialisers {
  readonly weight: Initialiser;
  readonly bias: Initialiser;
}

function convolutionInitialisers(
  layer: { readonly in: number; readonly out: number; readonly kernel: number },
  initialisation: Initialisation,
): LayerInitialisers {
  const area = layer.kernel * layer.kernel;
  if (initialisation === 'pytorch') return bothUniform(layer.in * area);
  return { weight: normal(Math.sqrt(2 / (area * layer.out))), bias: constant(0) };
}

function linearInitialisers(fanIn: number, initialisation: Initialisation): LayerInitialisers {
  return initialisation === 'torchvision-vgg' ? { weight: normal(0.01), bias: constant(0) } : bothUniform(fanIn);
}

function bothUniform(fanIn: number): LayerInitialisers {
  const initialiser: Initialiser = { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) };
  return { weight: initialiser, bias: initialiser };
}

function constant(value: number): Initialiser {
  return { kind: 'constant', value };
}

function normal(standardDeviation: number): Initialiser {
  return { kind: 'normal', standardDeviation };
}
