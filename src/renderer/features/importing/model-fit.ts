import type { DatasetDescription } from '../../../contracts/datasets.ts';
import type { RecognisedModel } from '../../../contracts/imports.ts';
import { plural } from '../../format/words.ts';
import { modelWord } from '../runs/run-words.ts';

/** A recognised model in words: "ResNet-18, 10 classes, 3 channels". */
export function modelWords({ model, classes, channels, inputs }: RecognisedModel): string {
  const images = channels === null ? '' : `, ${plural(channels, 'channel')}`;
  const numbers = inputs === null ? '' : `, ${plural(inputs, 'input')}`;
  return `${modelWord(model)}, ${plural(classes, 'class', 'classes')}${images}${numbers}`;
}

/** Data sets whose images and classes a model takes as they are. */
export function fittingSets(
  { classes, channels, inputs }: RecognisedModel,
  datasets: readonly DatasetDescription[],
): DatasetDescription[] {
  return datasets.filter(({ classes: names, imageShape: [depth, height, width] }) => {
    if (names.length !== classes) return false;
    return inputs === null ? channels === depth : inputs === depth * height * width;
  });
}
