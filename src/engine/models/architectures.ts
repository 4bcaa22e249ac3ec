import { MicrobatchError } from '../../contracts/errors.ts';
import { convolvedSide } from '../graph/shapes.ts';
import type { Layer, ModelDefinition } from './model.ts';

/** What decides the first and the last layer of every architecture. */
export interface ImageTask {
  /** [channels, height, width] */
  readonly inputShape: readonly [number, number, number];
  readonly classes: number;
}

/** Flatten, then dense layers of the given widths with ReLU between them, then one logit a class. Names count from 0: `layers.0`. */
export function mlp({
  inputShape,
  classes,
  widths,
}: ImageTask & { readonly widths: readonly number[] }): ModelDefinition {
  const sizes = [inputShape[0] * inputShape[1] * inputShape[2], ...widths, classes];
  const layers: Layer[] = [{ type: 'flatten' }];
  for (const [index, size] of sizes.slice(1).entries()) {
    if (index > 0) layers.push({ type: 'relu' });
    layers.push({ type: 'linear', name: `layers.${String(index)}`, in: sizes[index] ?? 0, out: size });
  }
  return { inputShape, classes, layers };
}

/**
 * A number is a 3x3 convolution (stride 1, padding 1, with bias), batch norm where asked for, and ReLU; 'pool' is 2x2
 * max pooling. Flatten and one dense layer close the net. Names follow torchvision's VGG: `features.N`, `classifier`.
 * Throws `model/too-many-pools` where an image becomes smaller than a window.
 */
export function convnet({
  inputShape,
  classes,
  widths,
  batchNorm,
}: ImageTask & { readonly widths: readonly (number | 'pool')[]; readonly batchNorm: boolean }): ModelDefinition {
  const features = convolutionalFeatures({ inputShape, widths, batchNorm });
  const head: Layer[] = [
    { type: 'flatten' },
    { type: 'linear', name: 'classifier', in: features.outputs, out: classes },
  ];
  return { inputShape, classes, layers: [...features.layers, ...head] };
}

/** The convolutional part of a convnet or VGG, and the numbers that it gives for an image. */
export function convolutionalFeatures({
  inputShape,
  widths,
  batchNorm,
}: Pick<ImageTask, 'inputShape'> & {
  readonly widths: readonly (number | 'pool')[];
  readonly batchNorm: boolean;
}): { readonly layers: readonly Layer[]; readonly outputs: number } {
  const pools = widths.filter((entry) => entry === 'pool').length;
  const layers: Layer[] = [];
  let [channels, height, width] = inputShape;
  for (const entry of widths) {
    if (entry === 'pool') {
      if (Math.min(height, width) < 2) {
        throw new MicrobatchError({
          code: 'model/too-many-pools',
          message: `a ${String(height)}x${String(width)} map cannot be pooled again`,
          expected: `images with sides of at least ${String(2 ** pools)} pixels for ${String(pools)} pooling layers`,
        });
      }
      layers.push({ type: 'maxpool2d', kernel: 2, stride: 2 });
      [height, width] = [Math.floor(height / 2), Math.floor(width / 2)];
      continue;
    }
    const convolution = { kernel: 3, stride: 1, padding: 1 } as const;
    layers.push({
      type: 'conv2d',
      name: `features.${String(layers.length)}`,
      in: channels,
      out: entry,
      bias: true,
      ...convolution,
    });
    if (batchNorm)
      layers.push({
        type: 'batchnorm2d',
        name: `features.${String(layers.length)}`,
        features: entry,
        eps: 1e-5,
        momentum: 0.1,
      });
    layers.push({ type: 'relu' });
    channels = entry;
    [height, width] = [convolvedSide(height, 3, 1, 1), convolvedSide(width, 3, 1, 1)];
  }
  return { layers, outputs: channels * height * width };
}
