import type { DatasetDescription } from '../../../../contracts/datasets.ts';
import { formatCount, formatNumber } from '../../../format/numbers.ts';
import { plural } from '../../../format/words.ts';
import { numberAt, trainingImages } from '../draft/setting-checks.ts';
import { seedsOf } from '../draft/sweep.ts';
import { isJsonList, valueAt } from '../fields/json.ts';
import type { JsonObject } from '../fields/json.ts';

/** What the form says about a setting beyond its schema: words that follow from the other settings. */
export interface Hint {
  readonly label?: string;
  /** At the end of the field. */
  readonly unit?: string;
  readonly help?: string;
  /** In the empty field: what leaving it out means. */
  readonly placeholder?: string;
}

export interface HintSource {
  readonly document: JsonObject;
  readonly datasets: readonly DatasetDescription[];
  readonly cores: number | null;
  readonly parameters: number | null;
}

/** The hint for the row with this key; empty for every setting that speaks for itself. */
export function hintOf(key: string, help: string, source: HintSource): Hint {
  return hints[key]?.(source, help) ?? {};
}

const hints: Readonly<Record<string, (source: HintSource, help: string) => Hint>> = {
  model: ({ parameters }) => (parameters === null ? {} : { help: `${plural(parameters, 'parameter')}.` }),
  'model.widths': ({ document }) => ({
    help:
      valueAt(document, ['model', 'kind']) === 'mlp'
        ? 'Units of each hidden layer; none for a linear model.'
        : 'Channels of each 3 × 3 convolution; pool halves the image.',
  }),
  'model.width': () => ({ help: 'Channels of the first layer; the others keep their proportion to it.' }),
  'model.batchNorm': () => ({ help: 'Normalises over one micro-batch at a time.' }),
  'dataset.id': dataHint,
  'dataset.trainSize': (source, help) => {
    const dataset = datasetOf(source);
    if (dataset === undefined) return {};
    return {
      placeholder: formatCount(dataset.trainImages),
      help: help || `The first of ${formatCount(dataset.trainImages)}.`,
    };
  },
  'dataset.resize': (source, help) => {
    const dataset = datasetOf(source);
    if (dataset === undefined) return {};
    const [, height] = dataset.imageShape;
    return { placeholder: String(height), help: help || `Averages the ${String(height)} pixels of a side.` };
  },
  microBatchSize: ({ document }, help) => {
    const batch = numberAt(document, ['batchSize']);
    const micro = numberAt(document, ['microBatchSize']);
    const placeholder = batch === null ? {} : { placeholder: formatCount(batch) };
    if (batch === null || micro === null || micro < 1 || micro > batch) return placeholder;
    const count = plural(Math.ceil(batch / micro), 'micro-batch', 'micro-batches');
    return { ...placeholder, help: `${help} ${count} a step.`.trim() };
  },
  steps: stepsHint,
  seed: ({ document }) => ({
    label: seedsOf(document).length === 1 ? 'Seed' : 'Seeds',
    help: 'One run per seed; 1..5 is a range. Intervals need at least 3.',
  }),
  logEvery: (source) => periodHint(source, 'logEvery', 'point', 'of every curve'),
  evaluateEvery: (source, help) => {
    const { help: count = '' } = periodHint(source, 'evaluateEvery', 'evaluation', 'a run');
    return { help: `${help} ${count}`.trim() };
  },
  threads: ({ cores }) => (cores === null ? {} : { help: `This machine has ${plural(cores, 'core')}.` }),
};

/** How often something happens in a run, the end included. */
function periodHint({ document }: HintSource, name: string, noun: string, of: string): Hint {
  const steps = numberAt(document, ['steps']);
  const every = numberAt(document, [name]);
  if (steps === null || every === null || every < 1 || steps < 1) return {};
  return { help: `${plural(Math.ceil(steps / every), noun)} ${of}.` };
}

const datasetOf = ({ document, datasets }: HintSource): DatasetDescription | undefined => {
  const id = valueAt(document, ['dataset', 'id']);
  return datasets.find((dataset) => dataset.id === id);
};

function dataHint(source: HintSource): Hint {
  const dataset = datasetOf(source);
  if (dataset === undefined) return {};
  const [channels, height, width] = dataset.imageShape;
  const colour = channels === 1 ? 'grey' : 'colour';
  const images = `${formatCount(dataset.trainImages)} ${colour} images, ${String(height)} × ${String(width)}, ${plural(dataset.classes.length, 'class', 'classes')}.`;
  return { help: `${images} ${dataset.validationNote}` };
}

/** Passes over the training images: a group of micro-batches never crosses the end of one. */
function stepsHint({ document, datasets }: HintSource): Hint {
  const images = trainingImages(document, datasets);
  const batch = numberAt(document, ['batchSize']);
  const micro = numberAt(document, ['microBatchSize']) ?? batch;
  const { steps } = document;
  if (images === null || batch === null || micro === null || micro < 1 || batch < 1) return {};
  const group = Math.ceil(batch / micro);
  const perEpoch = Math.ceil(Math.ceil(images / micro) / group);
  const help = `${plural(perEpoch, 'step')} per epoch.`;
  if (typeof steps !== 'number' || isJsonList(steps)) return { help };
  const epochs = steps / perEpoch;
  return { help, unit: Number.isInteger(epochs) ? plural(epochs, 'epoch') : `${formatNumber(epochs, 1)} epochs` };
}
