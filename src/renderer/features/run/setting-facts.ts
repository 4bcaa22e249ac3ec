import { stopRuleText } from '../../../contracts/stop-rule.ts';
import { learningRateText, methodTexts } from '../../../contracts/method-texts.ts';
import { methodDescription } from '../../../contracts/methods.ts';
import { microBatchCount, microBatchSizeOf, runSpecShape } from '../../../contracts/run-spec.ts';
import type { RunSpec } from '../../../contracts/run-spec.ts';
import { formatCount, formatSetting } from '../../format/numbers.ts';
import { plural } from '../../format/words.ts';
import { modelWord } from '../runs/run-words.ts';

/** A setting with its name, as a line of a list. */
export interface SettingFact {
  readonly name: string;
  readonly value: string;
}

const labelOf = (field: keyof typeof runSpecShape, otherwise: string): string => {
  const label = runSpecShape[field].meta()?.label;
  return typeof label === 'string' ? label : otherwise;
};

/** Everything that decides what a run computes, in the order of the form. */
export function settingFacts(spec: RunSpec, datasetLabel: (id: string) => string): SettingFact[] {
  const micro = microBatchSizeOf(spec);
  const { trainSize, resize } = spec.dataset;
  const facts: (SettingFact | null)[] = [
    { name: 'Method', value: methodDescription(spec.method).label },
    { name: 'Model', value: modelWord(spec.model) },
    { name: 'Data', value: datasetLabel(spec.dataset.id) },
    trainSize === undefined ? null : { name: 'Training images', value: formatCount(trainSize) },
    resize === undefined ? null : { name: 'Image side', value: `${formatCount(resize)} pixels` },
    { name: labelOf('batchSize', 'Batch size'), value: plural(spec.batchSize, 'image') },
    micro === spec.batchSize
      ? null
      : { name: 'Micro-batch', value: `${plural(micro, 'image')}, ${formatCount(microBatchCount(spec))} a step` },
    { name: labelOf('learningRate', 'Learning rate'), value: learningRateText(spec.learningRate, formatSetting) },
    spec.lambda === undefined ? null : { name: 'λ', value: formatSetting(spec.lambda) },
    ...methodTexts(spec),
    { name: labelOf('steps', 'Steps'), value: formatCount(spec.steps) },
    spec.stopWhen === undefined ? null : { name: 'Stops at', value: stopRuleText(spec.stopWhen) },
    spec.initialWeights === undefined
      ? null
      : { name: labelOf('initialWeights', 'Initial weights'), value: spec.initialWeights.weights },
    { name: labelOf('seed', 'Seed'), value: String(spec.seed) },
    { name: labelOf('threads', 'Threads'), value: formatCount(spec.threads) },
    { name: 'Records', value: `every ${plural(spec.logEvery, 'step')}` },
    { name: 'Evaluates', value: `every ${plural(spec.evaluateEvery, 'step')}` },
  ];
  return facts.filter((fact) => fact !== null);
}
