import type { ImageTask } from './architectures.ts';
import type { Layer, ModelDefinition } from './model.ts';

type SimpleLayer = Exclude<Layer, { type: 'residual' }>;

/**
 * The residual net of small images (He et al. 2016, as in the study's code): a 3x3 stem, stages of basic blocks, global
 * average pooling, one dense layer. Every stage but the first starts with stride 2; where a block changes the shape its
 * shortcut is a 1x1 convolution with batch norm. No convolution has a bias. Names follow the study's checkpoints:
 * `conv1`, `bn1`, `layer2.0.conv1`, `layer2.0.shortcut.0`, `linear`.
 */
export function resnet({
  inputShape,
  classes,
  widths,
  blocks,
}: ImageTask & {
  /** Channels of each stage, and the number of its blocks. */
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
}): ModelDefinition {
  let channels = widths[0] ?? 1;
  const layers: Layer[] = [convolution('conv1', inputShape[0], channels), batchNorm('bn1', channels), { type: 'relu' }];
  for (const [stage, width] of widths.entries()) {
    for (let block = 0; block < (blocks[stage] ?? 0); block += 1) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      layers.push(basicBlock(`layer${String(stage + 1)}.${String(block)}`, channels, width, stride), { type: 'relu' });
      channels = width;
    }
  }
  layers.push({ type: 'globalavgpool' }, { type: 'linear', name: 'linear', in: channels, out: classes });
  return { inputShape, classes, layers };
}

/** Convolution, batch norm, ReLU, convolution, batch norm, beside its shortcut; the ReLU after the sum is not part of it. */
function basicBlock(name: string, from: number, to: number, stride: number): Layer {
  const main: SimpleLayer[] = [
    convolution(`${name}.conv1`, from, to, 3, stride),
    batchNorm(`${name}.bn1`, to),
    { type: 'relu' },
    convolution(`${name}.conv2`, to, to),
    batchNorm(`${name}.bn2`, to),
  ];
  const identity = stride === 1 && from === to;
  const shortcut = identity
    ? []
    : [convolution(`${name}.shortcut.0`, from, to, 1, stride), batchNorm(`${name}.shortcut.1`, to)];
  return { type: 'residual', name, main, shortcut };
}

function convolution(name: string, from: number, to: number, kernel = 3, stride = 1): SimpleLayer {
  return { type: 'conv2d', name, in: from, out: to, kernel, stride, padding: (kernel - 1) / 2, bias: false };
}

function batchNorm(name: string, features: number): SimpleLayer {
  return { type: 'batchnorm2d', name, features, eps: 1e-5, momentum: 0.1 };
}
