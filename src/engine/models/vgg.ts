import { MicrobatchError } from '../../contracts/errors.ts';
import { convolutionalFeatures } from './architectures.ts';
import type { ImageTask } from './architectures.ts';
import type { Layer, ModelDefinition } from './model.ts';

/** 3x3 convolutions with bias by their channels, in units of the base width; 'pool' is 2x2 max pooling. */
type Configuration = readonly (number | 'pool')[];

const configurationA: Configuration = [1, 'pool', 2, 'pool', 4, 4, 'pool', 8, 8, 'pool', 8, 8, 'pool'];
const configurationD: Configuration = [1, 1, 'pool', 2, 2, 'pool', 4, 4, 4, 'pool', 8, 8, 8, 'pool', 8, 8, 8, 'pool'];

/** Side of the average-pooled map that torchvision's VGG always makes; the factor 7 of the reduced form. */
export const pooledSide = 7;

/**
 * VGG-11 (configuration A) without batch norm and without dropout, as in the study's code: five pools, dense layers of
 * 8 widths (512) twice, then one logit a class. Images need sides of at least 32.
 */
export function vgg11({ inputShape, classes, width }: ImageTask & { readonly width: number }): ModelDefinition {
  const features = convolutionalFeatures({ inputShape, widths: scaled(configurationA, width), batchNorm: false });
  const hidden = 8 * width;
  const layers: Layer[] = [
    ...features.layers,
    { type: 'flatten' },
    { type: 'linear', name: 'classifier.0', in: features.outputs, out: hidden },
    { type: 'relu' },
    { type: 'linear', name: 'classifier.2', in: hidden, out: hidden },
    { type: 'relu' },
    { type: 'linear', name: 'classifier.4', in: hidden, out: classes },
  ];
  return { inputShape, classes, layers, initialisation: 'fan-out' };
}

/**
 * torchvision's VGG-16 with batch norm (configuration D) in its exact reduced form. On 32x32 images its features end at
 * one pixel, which torchvision repeats 49 times before a dense layer of 25,088 inputs; 49 equal copies h are as good as
 * one copy of 7 h with a 49th of the weights, an orthonormal change of coordinates: outputs, gradient norms, penalties
 * and SGD trajectories stay the same. vgg16-form.ts converts checkpoints. Dropout 0.5 after both dense ReLUs, in
 * training only. Throws `model/image-size` for images whose features do not end at one pixel.
 */
export function vgg16BatchNorm({
  inputShape,
  classes,
  width,
}: ImageTask & { readonly width: number }): ModelDefinition {
  const features = convolutionalFeatures({ inputShape, widths: scaled(configurationD, width), batchNorm: true });
  if (features.outputs !== 8 * width) {
    throw new MicrobatchError({
      code: 'model/image-size',
      message: `the reduced form of VGG-16 does not exist for images of ${String(inputShape[1])}x${String(inputShape[2])}`,
      expected: 'sides of 32 to 63 pixels',
    });
  }
  const hidden = 64 * width;
  const layers: Layer[] = [
    ...features.layers,
    { type: 'flatten' },
    { type: 'scale', factor: pooledSide },
    { type: 'linear', name: 'classifier.0', in: features.outputs, out: hidden },
    { type: 'relu' },
    { type: 'dropout', p: 0.5 },
    { type: 'linear', name: 'classifier.3', in: hidden, out: hidden },
    { type: 'relu' },
    { type: 'dropout', p: 0.5 },
    { type: 'linear', name: 'classifier.6', in: hidden, out: classes },
  ];
  return { inputShape, classes, layers, initialisation: 'torchvision-vgg' };
}

function scaled(configuration: Configuration, width: number): Configuration {
  return configuration.map((entry) => (entry === 'pool' ? entry : entry * width));
}
