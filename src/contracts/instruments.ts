/** What a run can measure beside its training. The mathematics live in engine/instruments. */
export interface InstrumentDescription {
  readonly id: InstrumentId;
  /** As written on screen. */
  readonly label: string;
  readonly formula: string;
  readonly cost: InstrumentCost;
  /** Steps between two measurements unless the spec says otherwise. */
  readonly every: number;
  /** Names in the series catalogue. */
  readonly series: readonly string[];
}

export interface InstrumentCost {
  /** free: no image is looked at; gradients: some passes over a batch; curvature: many passes over a fixed subset. */
  readonly tier: 'free' | 'gradients' | 'curvature';
  /** Images that a measurement looks at: none, a batch drawn for it, or the fixed subset. */
  readonly images: 'none' | 'batch' | 'subset';
  /** Backward passes over each of those images, at most. */
  readonly gradientEvaluations: number;
  readonly words: string;
}

export const instrumentIds = [
  'gradient-norm',
  'micro-gradient-norm',
  'penalty-gradient-norm',
  'gradient-noise-scale',
  'distance-from-initialisation',
  'update-to-weight',
  'fisher-trace',
  'unit-jacobian-norm',
  'hessian-top',
  'hessian-trace',
] as const;
export type InstrumentId = (typeof instrumentIds)[number];

/** Most products that the Lanczos iteration takes. */
export const lanczosProducts = 20;
/** Random directions of one estimate of the trace. */
export const traceDirections = 8;
/** The fixed subset holds whole micro-batches with at least so many images, where there are as many. */
const subsetImages = 256;
/** Micro-batches of a measured batch where a step has only one, as in small batch: the study's 5120 / 128. */
const measuredMicroBatches = 40;

/**
 * The images that instruments look at, as whole micro-batches: how many images one has, and how many of them a measured
 * batch and the fixed subset hold. `ofStep`: micro-batches of a step; one says nothing about their spread.
 */
export function measuredCounts(
  microBatchSize: number,
  ofStep: number,
  trainImages: number,
): { readonly examples: number; readonly ofBatch: number; readonly ofSubset: number } {
  const examples = Math.min(microBatchSize, trainImages);
  const whole = Math.floor(trainImages / examples);
  return {
    examples,
    ofBatch: Math.min(ofStep > 1 ? ofStep : measuredMicroBatches, whole),
    ofSubset: Math.min(Math.ceil(subsetImages / examples), whole),
  };
}

export const instruments: readonly InstrumentDescription[] = [
  {
    id: 'gradient-norm',
    label: 'Gradient norm of a fresh batch',
    formula: 'norm of (1/n) sum_j grad l_j over a batch drawn for the measurement',
    cost: { tier: 'gradients', images: 'batch', gradientEvaluations: 1, words: 'one gradient of a batch' },
    every: 100,
    series: ['instrument/gradient_norm'],
  },
  {
    id: 'micro-gradient-norm',
    label: 'Micro-batch gradient norms',
    formula: 'mean, root of the mean square and standard deviation of norm(grad l_j) over the micro-batches of a batch',
    cost: {
      tier: 'gradients',
      images: 'batch',
      gradientEvaluations: 1,
      words: 'one gradient of a batch, shared with gradient-norm',
    },
    every: 100,
    series: [
      'instrument/micro_gradient_norm',
      'instrument/micro_gradient_norm_mean',
      'instrument/micro_gradient_norm_spread',
    ],
  },
  {
    id: 'penalty-gradient-norm',
    label: 'Penalty gradient',
    formula: 'norm of P = (1/n) sum_j grad R_j, and its cosine with the loss gradient of the same batch',
    cost: {
      tier: 'gradients',
      images: 'batch',
      gradientEvaluations: 3,
      words: 'one penalised gradient of a batch; only for methods with a penalty',
    },
    every: 100,
    series: ['instrument/penalty_gradient_norm', 'instrument/penalty_gradient_cosine'],
  },
  {
    id: 'gradient-noise-scale',
    label: 'Gradient noise scale',
    formula: 'noise / signal, from the squared gradient norms of micro-batches and of the batch that they make up',
    cost: {
      tier: 'free',
      images: 'batch',
      gradientEvaluations: 1,
      words:
        'nothing where a step has several micro-batches: it uses the norms of the step; else one gradient of a batch',
    },
    every: 20,
    series: ['instrument/noise_scale', 'instrument/noise_scale_signal', 'instrument/noise_scale_noise'],
  },
  {
    id: 'distance-from-initialisation',
    label: 'Distance from initialisation',
    formula: 'norm(theta - theta_0)',
    cost: { tier: 'free', images: 'none', gradientEvaluations: 0, words: 'a copy of the parameters' },
    every: 20,
    series: ['instrument/distance_from_initialisation'],
  },
  {
    id: 'update-to-weight',
    label: 'Update-to-weight ratio',
    formula: 'norm(update) / norm(weights before it), of all parameters and of each layer',
    cost: { tier: 'free', images: 'none', gradientEvaluations: 0, words: 'two copies of the parameters' },
    every: 20,
    series: ['instrument/update_to_weight', 'instrument/update_to_weight/LAYER'],
  },
  {
    id: 'fisher-trace',
    label: 'Fisher trace',
    formula:
      'tr F = (m/n) sum_j of the squared norm of grad s_j, s_j the cross-entropy with labels drawn from the model',
    cost: { tier: 'gradients', images: 'batch', gradientEvaluations: 1, words: 'one gradient of a batch' },
    every: 100,
    series: ['instrument/fisher_trace'],
  },
  {
    id: 'unit-jacobian-norm',
    label: 'Unit Jacobian norm',
    formula: 'root of the mean over micro-batches of the squared norm of grad u^T fbar_j, u a random unit vector',
    cost: { tier: 'gradients', images: 'batch', gradientEvaluations: 1, words: 'one gradient of a batch' },
    every: 100,
    series: ['instrument/unit_jacobian_norm'],
  },
  {
    id: 'hessian-top',
    label: 'Top Hessian eigenvalue',
    formula: `greatest eigenvalue of the Hessian of the loss over the fixed subset, ${String(lanczosProducts)} Lanczos steps`,
    cost: {
      tier: 'curvature',
      images: 'subset',
      gradientEvaluations: 2 * lanczosProducts,
      words: `${String(lanczosProducts)} Hessian products over the fixed subset, each about two gradients`,
    },
    every: 500,
    series: ['instrument/hessian_top'],
  },
  {
    id: 'hessian-trace',
    label: 'Hessian trace',
    formula: `Hutchinson: mean of v^T H v over ${String(traceDirections)} random sign vectors v`,
    cost: {
      tier: 'curvature',
      images: 'subset',
      gradientEvaluations: 2 * traceDirections,
      words: `${String(traceDirections)} Hessian products over the fixed subset, each about two gradients`,
    },
    every: 500,
    series: ['instrument/hessian_trace', 'instrument/hessian_trace_error'],
  },
];

const byId = new Map(instruments.map((instrument) => [instrument.id, instrument]));

export function instrumentDescription(id: InstrumentId): InstrumentDescription {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`the table of instruments has no ${id}`);
  return found;
}
