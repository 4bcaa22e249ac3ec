/** What every screen, command and check knows about a training method. The mathematics live in engine/methods. */
export interface MethodDescription {
  readonly id: MethodId;
  /** As written on screen. */
  readonly label: string;
  /** Name in the reference code, accepted as an alias. */
  readonly referenceName: string;
  readonly family: 'plain' | 'penalty' | 'grafting';
  /** Colour of the method for life: index into the series tokens (design: Charts). */
  readonly series: number;
  /** The update in TeX. */
  readonly formula: string;
  /** One sentence for the form and the guide. */
  readonly summary: string;
  /** Backward passes over one micro-batch; a penalty's gradient takes one more than the loss's. */
  readonly gradientsPerMicroBatch: 1 | 2;
  /** Fields of the run spec that belong to this method beyond the common ones. */
  readonly fields: readonly 'lambda'[];
}

export const methodIds = ['small-batch', 'large-batch', 'gradient-norm'] as const;
export type MethodId = (typeof methodIds)[number];

/** Methods that can be trained, in the order of the study's tables. */
export const methods: readonly MethodDescription[] = [
  {
    id: 'small-batch',
    label: 'Small batch',
    referenceName: 'Vanilla',
    family: 'plain',
    series: 1,
    formula: String.raw`\theta \leftarrow \theta - \eta\,\nabla \ell_{M}`,
    summary: 'One step per mini-batch: the behaviour to be explained.',
    gradientsPerMicroBatch: 1,
    fields: [],
  },
  {
    id: 'large-batch',
    label: 'Large batch',
    referenceName: 'PseudoGD',
    family: 'plain',
    series: 2,
    formula: String.raw`\theta \leftarrow \theta - \tfrac{\eta}{n}\textstyle\sum_j \nabla \ell_{j}`,
    summary: 'One step per large batch, accumulated over its micro-batches: the baseline.',
    gradientsPerMicroBatch: 1,
    fields: [],
  },
  {
    id: 'gradient-norm',
    label: 'Gradient norm',
    referenceName: 'RegLoss',
    family: 'penalty',
    series: 3,
    formula: String.raw`\ell_L + \tfrac{\lambda}{n}\textstyle\sum_j \lVert\nabla \ell_{j}\rVert^2`,
    summary: 'Large batch plus the squared gradient norm of every micro-batch, differentiated exactly.',
    gradientsPerMicroBatch: 2,
    fields: ['lambda'],
  },
];

/** The nine methods of the study and their names in the reference code; those not in `methods` cannot be trained yet. */
export const studyMethods: Readonly<Record<string, string>> = {
  'small-batch': 'Vanilla',
  'large-batch': 'PseudoGD',
  'gradient-norm': 'RegLoss',
  'fisher-trace': 'FishLoss',
  'average-jacobian': 'AvgJacLoss',
  'unit-jacobian': 'UnitJacLoss',
  'iterative-grafting': 'IterGraft',
  'external-grafting': 'ExterGraft',
  'normalized-gradient': 'NGD',
};

export function methodDescription(id: MethodId): MethodDescription {
  const found = methods.find((method) => method.id === id);
  if (found === undefined) throw new Error(`method table lacks ${id}`);
  return found;
}

/** A method id from an id or a reference name; other text comes back unchanged for the schema to refuse. */
export function resolveMethodAlias(name: string): string {
  return methods.find((method) => method.referenceName === name)?.id ?? name;
}
