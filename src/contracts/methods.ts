/** What every screen, command and check knows about a training method. The mathematics live in engine/methods. */
export interface MethodDescription {
  readonly id: MethodId;
  /** As written on screen. */
  readonly label: string;
  /** Name in the reference code, or in the literature where that has none; accepted as an alias. */
  readonly referenceName: string;
  readonly family: 'plain' | 'penalty' | 'grafting';
  /** Colour of the method for life: index into the series tokens (design: Charts). */
  readonly series: number;
  /** The update in TeX. */
  readonly formula: string;
  /** One sentence for the form and the guide. */
  readonly summary: string;
  /** Backward passes over one micro-batch: of the loss, of a penalty's own scalar, of the penalty, of a second pass. */
  readonly gradientsPerMicroBatch: 1 | 2 | 3;
  /** Fields of the run spec that belong to this method beyond the common ones. */
  readonly fields: readonly MethodField[];
  /** Those of `fields` that must be given. */
  readonly required: readonly MethodField[];
}

/** Fields of the run spec that only some methods take. */
export const methodFields = ['lambda', 'sample', 'scale', 'approximation', 'radius', 'alpha', 'graft'] as const;
export type MethodField = (typeof methodFields)[number];

export const methodIds = [
  'small-batch',
  'large-batch',
  'gradient-norm',
  'fisher-trace',
  'average-jacobian',
  'unit-jacobian',
  'iterative-grafting',
  'external-grafting',
  'normalized-gradient',
  'sharpness-aware',
  'micro-sharpness-aware',
  'gradient-norm-unsquared',
] as const;
export type MethodId = (typeof methodIds)[number];

/** Methods that can be trained, in the order of the study's tables; those beyond the study last. */
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
    required: [],
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
    required: [],
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
    fields: ['lambda', 'sample', 'approximation', 'radius'],
    required: ['lambda'],
  },
  {
    id: 'fisher-trace',
    label: 'Fisher trace',
    referenceName: 'FishLoss',
    family: 'penalty',
    series: 5,
    formula: String.raw`\ell_L + \tfrac{\lambda}{n}\textstyle\sum_j \lVert\nabla \ell_{j}^{\hat y}\rVert^2,\quad \hat y \sim p_\theta(\cdot \mid x)`,
    summary: "The gradient-norm penalty with labels drawn from the model's own predictions.",
    gradientsPerMicroBatch: 3,
    fields: ['lambda', 'sample'],
    required: ['lambda'],
  },
  {
    id: 'average-jacobian',
    label: 'Average Jacobian',
    referenceName: 'AvgJacLoss',
    family: 'penalty',
    series: 6,
    formula: String.raw`\ell_L + \tfrac{\lambda}{n}\textstyle\sum_j \lVert\nabla\, \mathbf{1}^{\!\top} \bar f_{j}\rVert^2`,
    summary: 'Large batch plus the squared gradient norm of the sum of the mean logits.',
    gradientsPerMicroBatch: 3,
    fields: ['lambda', 'sample', 'scale'],
    required: ['lambda'],
  },
  {
    id: 'unit-jacobian',
    label: 'Unit Jacobian',
    referenceName: 'UnitJacLoss',
    family: 'penalty',
    series: 7,
    formula: String.raw`\ell_L + \tfrac{\lambda}{n}\textstyle\sum_j \lVert\nabla\, u_j^{\top} \bar f_{j}\rVert^2,\quad \lVert u_j\rVert = 1`,
    summary: 'Large batch plus the squared gradient norm of the mean logits along a random unit vector.',
    gradientsPerMicroBatch: 3,
    fields: ['lambda', 'sample'],
    required: ['lambda'],
  },
  {
    id: 'iterative-grafting',
    label: 'Iterative grafting',
    referenceName: 'IterGraft',
    family: 'grafting',
    series: 10,
    formula: String.raw`\theta \leftarrow \theta - \eta\,\lVert\nabla \ell_{S}\rVert\,\frac{g}{\lVert g\rVert},\quad S \in \{1, \dots, n\}`,
    summary: "The large batch's direction with the gradient norm of one of its micro-batches.",
    gradientsPerMicroBatch: 1,
    fields: ['graft'],
    required: [],
  },
  {
    id: 'external-grafting',
    label: 'External grafting',
    referenceName: 'ExterGraft',
    family: 'grafting',
    series: 8,
    formula: String.raw`\theta \leftarrow \theta - \eta\,N(t)\,\frac{g}{\lVert g\rVert}`,
    summary: "The large batch's direction with the gradient norms that another run recorded.",
    gradientsPerMicroBatch: 1,
    fields: ['graft'],
    required: ['graft'],
  },
  {
    id: 'normalized-gradient',
    label: 'Normalized gradient',
    referenceName: 'NGD',
    family: 'grafting',
    series: 9,
    formula: String.raw`\theta \leftarrow \theta - \eta\,\frac{g}{\lVert g\rVert}`,
    summary: "The large batch's direction with steps of constant length.",
    gradientsPerMicroBatch: 1,
    fields: [],
    required: [],
  },
  {
    id: 'sharpness-aware',
    label: 'Sharpness-aware',
    referenceName: 'SAM',
    family: 'penalty',
    series: 4,
    formula: String.raw`\theta \leftarrow \theta - \tfrac{\eta}{n}\textstyle\sum_j \nabla \ell_{j}\!\left(\theta + \rho\,\tfrac{g}{\lVert g\rVert}\right)`,
    summary: 'The gradient taken where the large-batch loss is higher, one radius along its gradient.',
    gradientsPerMicroBatch: 2,
    fields: ['radius'],
    required: ['radius'],
  },
  {
    id: 'micro-sharpness-aware',
    label: 'Micro sharpness-aware',
    referenceName: 'mSAM',
    family: 'penalty',
    series: 4,
    formula: String.raw`\theta \leftarrow \theta - \tfrac{\eta}{n}\textstyle\sum_j \nabla \ell_{j}\!\left(\theta + \rho\,\tfrac{\nabla \ell_j}{\lVert\nabla \ell_j\rVert}\right)`,
    summary: 'Sharpness-aware with an ascent of its own for every micro-batch.',
    gradientsPerMicroBatch: 2,
    fields: ['radius'],
    required: ['radius'],
  },
  {
    id: 'gradient-norm-unsquared',
    label: 'Gradient norm, unsquared',
    referenceName: 'GradNormFD',
    family: 'penalty',
    series: 4,
    formula: String.raw`\theta \leftarrow \theta - \eta\left[(1-\alpha)\,g + \alpha\,g\!\left(\theta + r\,\tfrac{g}{\lVert g\rVert}\right)\right]`,
    summary: 'A published finite-difference form of a penalty on the unsquared norm, for comparison.',
    gradientsPerMicroBatch: 2,
    fields: ['alpha', 'radius'],
    required: ['alpha', 'radius'],
  },
];

export function methodDescription(id: MethodId): MethodDescription {
  const found = methods.find((method) => method.id === id);
  if (found === undefined) throw new Error(`method table lacks ${id}`);
  return found;
}

/** A method id from an id or a reference name; other text comes back unchanged for the schema to refuse. */
export function resolveMethodAlias(name: string): string {
  return methods.find((method) => method.referenceName === name)?.id ?? name;
}
