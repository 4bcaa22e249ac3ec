import type { Preset } from '../contracts/planning.ts';
import { methodDescription } from '../contracts/methods.ts';
import type { MethodId } from '../contracts/methods.ts';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpecInput } from '../contracts/run-spec.ts';
import { traceToName } from './quickstart-setting.ts';

/**
 * One preset for each cell of the tables of "Disentangling the Mechanisms Behind Implicit Regularization in SGD" (ICLR
 * 2023), as its README gives them. Not published, and chosen here: the number of steps (the default of its code), the
 * batch of VGG-11 (5000 in micro-batches of 100, which its other sizes divide) and whether VGG-11's images are augmented
 * (as ResNet-18's are).
 */

type StudyModel = 'resnet18' | 'vgg11' | 'vgg16-bn';
type StudyData = 'cifar10' | 'cifar100';

const modelNames: Readonly<Record<StudyModel, string>> = {
  resnet18: 'ResNet-18',
  vgg11: 'VGG-11',
  'vgg16-bn': 'VGG-16',
};
const dataNames: Readonly<Record<StudyData, string>> = { cifar10: 'CIFAR-10', cifar100: 'CIFAR-100' };
const batches: Readonly<Record<StudyModel, { readonly large: number; readonly micro: number }>> = {
  resnet18: { large: 5120, micro: 128 },
  vgg11: { large: 5000, micro: 100 },
  'vgg16-bn': { large: 5120, micro: 128 },
};

interface Cell {
  readonly table: 'main' | 'large-micro-batch' | 'sample-micro-batch' | 'grafting';
  readonly model: StudyModel;
  readonly data: StudyData;
  readonly method: MethodId;
  /** What tells it from other cells of the same method. */
  readonly suffix?: string;
  readonly settings: Partial<RunSpecInput> & Pick<RunSpecInput, 'learningRate'>;
}

type Row = Omit<Cell, 'method' | 'settings' | 'suffix'>;
type Penalty = 'gradient-norm' | 'fisher-trace' | 'average-jacobian' | 'unit-jacobian';

/** A row of table 5.1: learning rates of small and large batch, then learning rate and lambda of each penalty. */
function mainRow(
  model: StudyModel,
  data: StudyData,
  [small, large]: readonly [small: number, large: number],
  penalties: Readonly<Partial<Record<Penalty, readonly [learningRate: number, lambda: number]>>>,
): Cell[] {
  const row: Row = { table: 'main', model, data };
  return [
    { ...row, method: 'small-batch', settings: { learningRate: small } },
    { ...row, method: 'large-batch', settings: { learningRate: large } },
    ...penaltyNames.flatMap((method) => {
      const [learningRate, lambda] = penalties[method] ?? [];
      return learningRate === undefined || lambda === undefined
        ? []
        : [{ ...row, method, settings: { learningRate, lambda } }];
    }),
  ];
}

const penaltyNames: readonly Penalty[] = ['gradient-norm', 'fisher-trace', 'average-jacobian', 'unit-jacobian'];

/** A cell of table 5.2: a penalty averaged over few large micro-batches. */
function largeMicroBatch(
  model: StudyModel,
  data: StudyData,
  method: Penalty,
  microBatchSize: number,
  [learningRate, lambda]: readonly [learningRate: number, lambda: number],
): Cell {
  const settings = { learningRate, lambda, microBatchSize };
  return { table: 'large-micro-batch', model, data, method, suffix: `m${String(microBatchSize)}`, settings };
}

/** A cell of table 5.3: the penalty on one random micro-batch of this size. */
function sampled(microBatchSize: number, lambda: number): Cell {
  const settings = { learningRate: 0.01, lambda, microBatchSize, sample: true } as const;
  return {
    ...{ table: 'sample-micro-batch', model: 'vgg11', data: 'cifar10', method: 'gradient-norm' },
    ...{ suffix: `m${String(microBatchSize)}`, settings },
  };
}

/** A row of table 5.4: learning rates of small batch, large batch, the two graftings and normalized gradient. */
function graftingRow(
  model: StudyModel,
  data: StudyData,
  [small, large, grafted, normalized]: readonly [small: number, large: number, grafted: number, normalized: number],
): Cell[] {
  const row: Row = { table: 'grafting', model, data };
  const trace = { run: traceToName };
  return [
    { ...row, method: 'small-batch', settings: { learningRate: small, logEvery: 1 } },
    { ...row, method: 'large-batch', settings: { learningRate: large } },
    {
      ...row,
      method: 'iterative-grafting',
      settings: { learningRate: grafted, graft: { norm: 'sample', index: 'random' } },
    },
    { ...row, method: 'external-grafting', settings: { learningRate: grafted, graft: { trace, mode: 'hold' } } },
    { ...row, method: 'normalized-gradient', settings: { learningRate: normalized } },
  ];
}

const cells: readonly Cell[] = [
  ...mainRow('resnet18', 'cifar10', [0.1, 0.1], {
    ...{ 'gradient-norm': [0.1, 0.01], 'fisher-trace': [0.1, 0.01] },
    ...{ 'average-jacobian': [0.1, 0.001], 'unit-jacobian': [0.1, 0.001] },
  }),
  ...mainRow('resnet18', 'cifar100', [0.1, 0.5], {
    ...{ 'gradient-norm': [0.1, 0.01], 'fisher-trace': [0.1, 0.01] },
    ...{ 'average-jacobian': [0.1, 5e-5], 'unit-jacobian': [0.1, 0.001] },
  }),
  ...mainRow('vgg11', 'cifar10', [0.15, 0.01], {
    ...{ 'gradient-norm': [0.01, 0.5], 'fisher-trace': [0.01, 0.5], 'average-jacobian': [0.01, 2e-5] },
  }),
  largeMicroBatch('resnet18', 'cifar10', 'gradient-norm', 2560, [0.5, 0.0025]),
  largeMicroBatch('resnet18', 'cifar100', 'fisher-trace', 2560, [0.1, 0.01]),
  largeMicroBatch('vgg11', 'cifar10', 'gradient-norm', 1000, [0.01, 0.25]),
  largeMicroBatch('vgg11', 'cifar10', 'gradient-norm', 2500, [0.01, 0.25]),
  {
    ...{ table: 'sample-micro-batch', model: 'vgg11', data: 'cifar10', method: 'small-batch' },
    settings: { learningRate: 0.01 },
  },
  ...(
    [
      [50, 0.25],
      [100, 0.5],
      [1000, 0.5],
      [2500, 0.5],
    ] as const
  ).map(([size, lambda]) => sampled(size, lambda)),
  ...graftingRow('resnet18', 'cifar10', [0.1, 0.1, 0.1, 0.2626]),
  ...graftingRow('resnet18', 'cifar100', [0.1, 0.5, 0.1, 0.3951]),
  ...graftingRow('vgg16-bn', 'cifar10', [0.05, 0.1, 0.05, 0.2388]),
  ...graftingRow('vgg16-bn', 'cifar100', [0.1, 0.1, 0.1, 0.4322]),
];

const tableNames: Readonly<Record<Cell['table'], string>> = {
  main: 'main experiments',
  'large-micro-batch': 'large micro-batches',
  'sample-micro-batch': 'sampled micro-batch',
  grafting: 'grafting',
};

export const studyPresets: readonly Preset[] = cells.map(presetOf);

function presetOf(cell: Cell): Preset {
  const { table, model, data, method, suffix, settings } = cell;
  const { large, micro } = batches[model];
  const sizes = method === 'small-batch' ? { batchSize: micro } : { batchSize: large, microBatchSize: micro };
  const shownSuffix = suffix === undefined ? '' : `, micro-batches of ${suffix.slice(1)}`;
  const toName = method === 'external-grafting' ? ' Name the small-batch run with graft.trace.run.' : '';
  return {
    name: ['study', table, model, data, method, ...(suffix === undefined ? [] : [suffix])].join('-'),
    label: `Study, ${tableNames[table]}: ${modelNames[model]}, ${dataNames[data]}, ${methodDescription(method).label.toLowerCase()}${shownSuffix}`,
    summary: `${methodDescription(method).summary}${toName}`,
    spec: runSpec.parse({
      method,
      model: { kind: model },
      dataset: { id: data, split: 'reference', trainSize: 40_000, augment: true },
      ...sizes,
      steps: 5000,
      ...settings,
    }),
    ...(method === 'external-grafting' ? { incomplete: true } : {}),
  };
}
