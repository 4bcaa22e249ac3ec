import { encodeModel } from './model-proto.ts';
import type { Attribute, OnnxConstant, OnnxNode } from './model-proto.ts';
import { bufferSpecifications, parameterSpecifications } from '../../models/model.ts';
import type { Layer, ModelDefinition } from '../../models/model.ts';

/** Parameters and running statistics of a model, by name. */
type Tensors = Readonly<Record<string, Float32Array>>;

/** The standard operator set that the model states; its operators have meant the same since set 14. */
export const onnxOperatorSet = 17;

/**
 * An inference model as ONNX: normalised images `images` [N, C, H, W] to `logits` [N, classes], any N. Batch norm takes
 * its running statistics and dropout is left out. Weights keep their PyTorch names and layouts.
 */
export function onnxModel({
  model,
  values,
}: {
  readonly model: ModelDefinition;
  readonly values: Tensors;
}): Uint8Array {
  const specifications = [...parameterSpecifications(model), ...bufferSpecifications(model)];
  const network = new NetworkNodes();
  network.follow(model.layers, 'images', 'logits');
  return encodeModel(
    {
      name: 'microbatch',
      nodes: network.nodes,
      constants: [
        ...specifications.map(({ name, shape }) => ({ name, shape, values: values[name] ?? new Float32Array() })),
        ...network.constants,
      ],
      inputs: [{ name: 'images', shape: ['N', ...model.inputShape] }],
      outputs: [{ name: 'logits', shape: ['N', model.classes] }],
    },
    { '': onnxOperatorSet },
  );
}

/** The nodes of layers, one after the other. */
class NetworkNodes {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];

  /** Adds the layers from one value to another. */
  follow(layers: readonly Layer[], from: string, to: string): void {
    const last = layers.reduce((value, layer) => this.#add(layer, value), from);
    this.#node('Identity', [last], {}, to);
  }

  #add(layer: Layer, x: string): string {
    switch (layer.type) {
      case 'conv2d': {
        const { name, kernel, stride, padding, bias } = layer;
        const inputs = [x, `${name}.weight`, ...(bias ? [`${name}.bias`] : [])];
        const pads = [padding, padding, padding, padding];
        return this.#node('Conv', inputs, { kernel_shape: [kernel, kernel], strides: [stride, stride], pads });
      }
      case 'linear':
        return this.#node('Gemm', [x, `${layer.name}.weight`, `${layer.name}.bias`], { transB: 1 });
      case 'batchnorm2d': {
        const tensors = ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${layer.name}.${part}`);
        return this.#node('BatchNormalization', [x, ...tensors], { epsilon: { float: layer.eps } });
      }
      case 'relu':
        return this.#node('Relu', [x]);
      case 'maxpool2d':
        return this.#node('MaxPool', [x], {
          kernel_shape: [layer.kernel, layer.kernel],
          strides: [layer.stride, layer.stride],
        });
      case 'flatten':
        return this.#node('Flatten', [x], { axis: 1 });
      case 'globalavgpool':
        return this.#node('Flatten', [this.#node('GlobalAveragePool', [x])], { axis: 1 });
      case 'scale': {
        const factor = `factor_${String(this.constants.length)}`;
        this.constants.push({ name: factor, shape: [], values: Float32Array.of(layer.factor) });
        return this.#node('Mul', [x, factor]);
      }
      case 'dropout':
        return x;
      case 'softplus':
        return this.#node('Softplus', [x]);
      case 'tanh':
        return this.#node('Tanh', [x]);
      case 'residual': {
        const along = (path: readonly Layer[]): string => path.reduce((value, each) => this.#add(each, value), x);
        return this.#node('Add', [along(layer.main), along(layer.shortcut)]);
      }
    }
  }

  #node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = `value_${String(this.nodes.length)}`,
  ): string {
    this.nodes.push({
      name: `node_${String(this.nodes.length)}`,
      operator,
      domain: '',
      inputs,
      outputs: [output],
      attributes,
    });
    return output;
  }
}
