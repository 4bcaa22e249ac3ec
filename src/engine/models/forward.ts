import { MicrobatchError } from '../../contracts/errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Draw } from '../graph/draws.ts';
import type { NodeId } from '../graph/graph.ts';
import { elementCount } from '../graph/shapes.ts';
import type { Layer, ModelDefinition } from './model.ts';

type Tensors = Readonly<Record<string, NodeId>>;

export interface ForwardPass {
  /** [N, classes] */
  readonly logits: NodeId;
  /** Running statistics after the pass, by name; the given ones in evaluation mode. */
  readonly buffers: Tensors;
  /** Dropout masks, by the name of the graph input that each is: `draw/dropout/N`, N counting from 0. None in evaluation mode. */
  readonly masks: Readonly<Record<string, Draw & { readonly node: NodeId }>>;
}

/**
 * The network on images [N, C, H, W]. Training mode normalises with the statistics of these very images and moves the
 * running ones once; evaluation mode uses the running ones and leaves them alone. Passes of one graph share their
 * dropout masks.
 */
export function forward(
  builder: GraphBuilder,
  model: ModelDefinition,
  {
    images,
    parameters,
    buffers,
    mode,
  }: { images: NodeId; parameters: Tensors; buffers: Tensors; mode: 'train' | 'evaluation' },
): ForwardPass {
  const moved: Record<string, NodeId> = { ...buffers };
  const masks: Record<string, Draw & { readonly node: NodeId }> = {};
  const run = (layers: readonly Layer[], input: NodeId): NodeId => layers.reduce((x, layer) => apply(layer, x), input);

  const apply = (layer: Layer, x: NodeId): NodeId => {
    const shape = builder.shape(x);
    const [examples = 0, ...rest] = shape;
    switch (layer.type) {
      case 'conv2d': {
        const y = builder.convolution(x, tensor(parameters, `${layer.name}.weight`), layer.stride, layer.padding);
        return layer.bias ? builder.channelShift(y, tensor(parameters, `${layer.name}.bias`)) : y;
      }
      case 'linear': {
        const y = builder.matrixMultiply(x, tensor(parameters, `${layer.name}.weight`), false, true);
        return builder.channelShift(y, tensor(parameters, `${layer.name}.bias`));
      }
      case 'batchnorm2d':
        return batchNorm(builder, layer, x, parameters, moved, mode);
      case 'relu':
        return builder.relu(x);
      case 'maxpool2d':
        return builder.maximumPool(x, layer.kernel);
      case 'flatten':
        return builder.reshape(x, [examples, elementCount(rest)]);
      case 'globalavgpool':
        return builder.scale(builder.sum(x, [2, 3]), 1 / elementCount(shape.slice(2)));
      case 'scale':
        return builder.scale(x, layer.factor);
      case 'dropout': {
        if (mode === 'evaluation' || layer.p === 0) return x;
        const name = `draw/dropout/${String(Object.keys(masks).length)}`;
        const node = builder.input(name, shape);
        masks[name] = { node, shape, law: { kind: 'dropout', rate: layer.p } };
        return builder.multiply(x, node);
      }
      case 'softplus':
        return builder.logarithm(builder.offset(builder.exponential(x), 1));
      case 'tanh': {
        // tanh x = 1 - 2 / (1 + e^2x)
        const share = builder.reciprocal(builder.offset(builder.exponential(builder.scale(x, 2)), 1));
        return builder.offset(builder.scale(share, -2), 1);
      }
      case 'residual':
        return builder.add(run(layer.main, x), run(layer.shortcut, x));
    }
  };
  return { logits: run(model.layers, images), buffers: moved, masks };
}

/**
 * PyTorch's BatchNorm2d. Training: (x - mean) / sqrt(biased variance + eps), statistics over N, H and W; running values
 * move by `momentum` towards the mean and the unbiased variance. Derivatives go through the statistics.
 */
function batchNorm(
  builder: GraphBuilder,
  layer: Extract<Layer, { type: 'batchnorm2d' }>,
  x: NodeId,
  parameters: Tensors,
  moved: Record<string, NodeId>,
  mode: 'train' | 'evaluation',
): NodeId {
  const weight = tensor(parameters, `${layer.name}.weight`);
  const bias = tensor(parameters, `${layer.name}.bias`);
  const meanName = `${layer.name}.running_mean`;
  const varianceName = `${layer.name}.running_var`;
  const runningMean = tensor(moved, meanName);
  const runningVariance = tensor(moved, varianceName);
  const normalise = (centred: NodeId, variance: NodeId): NodeId => {
    const inverse = builder.reciprocalSquareRoot(builder.offset(variance, layer.eps));
    return builder.channelShift(builder.channelScale(centred, builder.multiply(inverse, weight)), bias);
  };
  if (mode === 'evaluation') return normalise(builder.channelShift(x, builder.negate(runningMean)), runningVariance);

  const count = elementCount(builder.shape(x)) / layer.features;
  if (count < 2) {
    throw new MicrobatchError({
      code: 'model/batch-norm-single-value',
      message: `batch norm ${layer.name} sees one value a channel in this micro-batch, which has no variance`,
      expected: 'at least two images in every micro-batch, the last of an epoch included, or larger maps',
      remedy: 'choose a micro-batch size that does not leave a single image over',
    });
  }
  const mean = builder.scale(builder.channelSum(x), 1 / count);
  const centred = builder.channelShift(x, builder.negate(mean));
  const variance = builder.scale(builder.channelDot(centred, centred), 1 / count);
  const move = (running: NodeId, batch: NodeId): NodeId =>
    builder.add(builder.scale(running, 1 - layer.momentum), builder.scale(batch, layer.momentum));
  moved[meanName] = move(runningMean, mean);
  moved[varianceName] = move(runningVariance, builder.scale(variance, count / (count - 1)));
  return normalise(centred, variance);
}

function tensor(tensors: Tensors, name: string): NodeId {
  const found = tensors[name];
  if (found !== undefined) return found;
  throw new MicrobatchError({
    code: 'model/missing-tensor',
    message: `the model needs ${name}`,
    expected: Object.keys(tensors).join(', '),
  });
}
