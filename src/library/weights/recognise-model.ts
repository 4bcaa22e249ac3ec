import type { RecognisedModel } from '../../contracts/imports.ts';
import type { ModelSpec } from '../../contracts/run-spec.ts';
import { differencesFrom } from './fit-weights.ts';
import type { TensorForm } from './fit-weights.ts';

type Shapes = ReadonlyMap<string, TensorForm>;

/** Differences that are told. */
const toldDifferences = 5;
/** Side of images that every architecture takes; no tensor of those below depends on it. */
const side = 32;

interface Candidate {
  readonly model: ModelSpec;
  readonly classes: number;
  readonly inputShape: readonly [number, number, number];
}

/**
 * The model that tensors belong to by their names and shapes, with what does not fit it; null where they look like none.
 * Convolutional nets of other forms are not recognised: their pooling has no tensors.
 */
export function recogniseModel(tensors: Shapes): RecognisedModel | null {
  const candidate = candidateOf(tensors);
  if (candidate === null) return null;
  const { model, classes, inputShape } = candidate;
  const differences = differencesFrom(model, { classes, inputShape }, tensors);
  const [channels, height, width] = inputShape;
  return {
    ...{ model, classes, channels: model.kind === 'mlp' ? null : channels },
    inputs: model.kind === 'mlp' ? channels * height * width : null,
    differences: differences.slice(0, toldDifferences),
  };
}

function candidateOf(tensors: Shapes): Candidate | null {
  const side0 = (name: string): number | undefined => tensors.get(name)?.shape[0];
  const convolutional = (first: string, last: string, model: (width: number) => ModelSpec): Candidate | null => {
    const [width, channels] = tensors.get(first)?.shape ?? [];
    const classes = side0(last);
    if (width === undefined || channels === undefined || classes === undefined || !isWidth(width)) return null;
    return { model: model(width), classes, inputShape: [channels, side, side] };
  };
  if (tensors.has('layer1.0.conv1.weight')) {
    return convolutional('conv1.weight', 'linear.weight', (width) => ({ kind: 'resnet18', width }));
  }
  if (tensors.has('features.1.running_mean') && tensors.has('classifier.6.weight')) {
    return convolutional('features.0.weight', 'classifier.6.weight', (width) => ({ kind: 'vgg16-bn', width }));
  }
  if (tensors.has('features.0.weight') && tensors.has('classifier.4.weight')) {
    return convolutional('features.0.weight', 'classifier.4.weight', (width) => ({ kind: 'vgg11', width }));
  }
  return tensors.has('layers.0.weight') ? perceptron(tensors) : null;
}

function perceptron(tensors: Shapes): Candidate | null {
  const inputs = tensors.get('layers.0.weight')?.shape[1];
  const widths: number[] = [];
  for (let layer = 0; tensors.has(`layers.${String(layer)}.weight`); layer += 1) {
    widths.push(tensors.get(`layers.${String(layer)}.weight`)?.shape[0] ?? 0);
  }
  const classes = widths.pop();
  if (inputs === undefined || classes === undefined || ![inputs, classes, ...widths].every(isWidth)) return null;
  return { model: { kind: 'mlp', widths }, classes, inputShape: [1, 1, inputs] };
}

/** Whether a model of that size could be looked at without harm. */
const isWidth = (size: number): boolean => Number.isSafeInteger(size) && size >= 1 && size <= 100_000;
