import type { Layer, ModelDefinition } from '../../models/model.ts';

/** A layer as Keras, and so tfjs, writes it in a topology of the functional form. */
export interface TopologyLayer {
  readonly name: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** One call of the layer, with its inputs: [layer, its call, its output, arguments]. */
  readonly inbound_nodes: readonly (readonly (readonly [string, 0, 0, object])[])[];
}

/** Some weight of a layer, and the tensor of our net that it is made of. */
export interface LayerWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly from: string;
  /** Whether `from` is [out, in, ...], which Keras has as [..., in, out]. */
  readonly outputsFirst: boolean;
}

export const inputName = 'images';
export const outputName = 'logits';

/**
 * A net as layers that tfjs and Keras know, for images [N, H, W, C], which is the only layout that tfjs convolves on a
 * processor. Dropout is left out. The weights are in the order of their layers.
 */
export function tfjsLayers({ inputShape, layers }: ModelDefinition): {
  readonly layers: readonly TopologyLayer[];
  readonly weights: readonly LayerWeight[];
} {
  const [channels, height, width] = inputShape;
  const topology = new Topology();
  topology.input({ batch_input_shape: [null, height, width, channels], dtype: 'float32', sparse: false });
  const last = layers.reduce((value, layer) => topology.follow(layer, value), inputName);
  topology.add('Activation', [last], { activation: 'linear' }, outputName);
  return topology;
}

const channelsLast = { data_format: 'channels_last' } as const;

class Topology {
  readonly layers: TopologyLayer[] = [];
  readonly weights: LayerWeight[] = [];

  input(config: Readonly<Record<string, unknown>>): void {
    this.layers.push({
      ...{ name: inputName, class_name: 'InputLayer', config: { ...config, name: inputName }, inbound_nodes: [] },
    });
  }

  /** Adds what one layer of ours becomes, after the layer named `x`; the name of the last one. */
  follow(layer: Layer, x: string): string {
    switch (layer.type) {
      case 'conv2d':
        return this.#convolution(layer, x);
      case 'linear': {
        this.#weight(layer.name, 'kernel', [layer.in, layer.out], 'weight', true);
        this.#weight(layer.name, 'bias', [layer.out], 'bias');
        return this.add('Dense', [x], { units: layer.out, activation: 'linear', use_bias: true }, layer.name);
      }
      case 'batchnorm2d': {
        const { name, features, eps, momentum } = layer;
        this.#weight(name, 'gamma', [features], 'weight');
        this.#weight(name, 'beta', [features], 'bias');
        this.#weight(name, 'moving_mean', [features], 'running_mean');
        this.#weight(name, 'moving_variance', [features], 'running_var');
        // Keras counts what is kept of the running values, PyTorch what is new.
        const config = { axis: -1, epsilon: eps, momentum: 1 - momentum, center: true, scale: true };
        return this.add('BatchNormalization', [x], config, name);
      }
      case 'maxpool2d': {
        const sides = { pool_size: [layer.kernel, layer.kernel], strides: [layer.stride, layer.stride] };
        return this.add('MaxPooling2D', [x], { ...sides, padding: 'valid', ...channelsLast });
      }
      case 'flatten':
        // Dense layers take the numbers of an image channel by channel, as they were trained.
        return this.add('Flatten', [this.add('Permute', [x], { dims: [3, 1, 2] })]);
      case 'globalavgpool':
        return this.add('GlobalAveragePooling2D', [x], channelsLast);
      case 'scale':
        return this.add('Rescaling', [x], { scale: layer.factor, offset: 0 });
      case 'dropout':
        return x;
      case 'relu':
      case 'softplus':
      case 'tanh':
        return this.add('Activation', [x], { activation: layer.type });
      case 'residual': {
        const along = (path: readonly Layer[]): string => path.reduce((value, each) => this.follow(each, value), x);
        return this.add('Add', [along(layer.main), along(layer.shortcut)]);
      }
    }
  }

  add(
    kind: string,
    inputs: readonly string[],
    config: Readonly<Record<string, unknown>> = {},
    name = `${kind.toLowerCase()}_${String(this.layers.length)}`,
  ): string {
    this.layers.push({
      name,
      class_name: kind,
      config: { name, trainable: true, dtype: 'float32', ...config },
      inbound_nodes: [inputs.map((input) => [input, 0, 0, {}] as const)],
    });
    return name;
  }

  /** Zeros on all four sides: 'same' means that where the stride is 1, and other sides where it is not. */
  #convolution(layer: Extract<Layer, { type: 'conv2d' }>, x: string): string {
    const { name, kernel, stride, padding, bias } = layer;
    this.#weight(name, 'kernel', [kernel, kernel, layer.in, layer.out], 'weight', true);
    if (bias) this.#weight(name, 'bias', [layer.out], 'bias');
    const sides = [
      [padding, padding],
      [padding, padding],
    ];
    const isSame = stride === 1 && 2 * padding === kernel - 1;
    const padded = isSame || padding === 0 ? x : this.add('ZeroPadding2D', [x], { padding: sides, ...channelsLast });
    const config = {
      ...{ filters: layer.out, kernel_size: [kernel, kernel], strides: [stride, stride], dilation_rate: [1, 1] },
      ...{ padding: isSame ? 'same' : 'valid', activation: 'linear', use_bias: bias, ...channelsLast },
    };
    return this.add('Conv2D', [padded], config, name);
  }

  #weight(layer: string, name: string, shape: readonly number[], from: string, outputsFirst = false): void {
    this.weights.push({ name: `${layer}/${name}`, shape, from: `${layer}.${from}`, outputsFirst });
  }
}
