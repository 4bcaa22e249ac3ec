/** The series that a run can record: name, label, unit, formula. Series names are a public, stable vocabulary. */
export interface SeriesDescription {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** Scale that a chart starts with. */
  readonly scale: 'linear' | 'logarithmic';
  readonly formula: string;
}

export const seriesCatalogue: readonly SeriesDescription[] = [
  {
    name: 'validation/accuracy',
    label: 'Validation accuracy',
    unit: '%',
    scale: 'linear',
    formula: 'share of validation images whose greatest logit is the true class, after the step',
  },
  {
    name: 'validation/loss',
    label: 'Validation loss',
    unit: 'nats',
    scale: 'logarithmic',
    formula: 'mean cross-entropy over the validation images, after the step',
  },
  {
    name: 'train/loss',
    label: 'Train loss',
    unit: 'nats',
    scale: 'logarithmic',
    formula: "(1/n) sum of the micro-batches' cross-entropy, without penalty",
  },
  {
    name: 'train/accuracy',
    label: 'Train accuracy',
    unit: '%',
    scale: 'linear',
    formula: "share of the step's images classified correctly, before the update",
  },
  {
    name: 'train/objective',
    label: 'Objective',
    unit: 'nats',
    scale: 'logarithmic',
    formula: 'train/loss + train/penalty_lambda',
  },
  {
    name: 'train/gradient_norm',
    label: 'Gradient norm',
    unit: '',
    scale: 'logarithmic',
    formula: "norm of the step's gradient G, penalty included",
  },
  {
    name: 'train/loss_gradient_norm',
    label: 'Loss gradient norm',
    unit: '',
    scale: 'logarithmic',
    formula: 'norm of (1/n) sum_j grad l_j, without penalty',
  },
  {
    name: 'train/micro_gradient_norm_squared',
    label: 'Micro-batch gradient norm',
    unit: 'squared',
    scale: 'logarithmic',
    formula: "mean over the step's micro-batches of the squared norm of grad l_j",
  },
  {
    name: 'train/step_length',
    label: 'Step length',
    unit: '',
    scale: 'logarithmic',
    formula:
      'distance that the parameters move: scale times train/gradient_norm; the scale is the learning rate, or the grafted length over the norm',
  },
  {
    name: 'train/graft_norm',
    label: 'Grafted norm',
    unit: '',
    scale: 'logarithmic',
    formula: 'grafting: the norm N that replaces the norm of G; train/step_length is the learning rate times it',
  },
  {
    name: 'train/penalty',
    label: 'Penalty R',
    unit: 'nats²',
    scale: 'logarithmic',
    formula:
      '(1/n) sum_j R_j, R_j the squared norm of grad s_j; R of the one micro-batch, without 1/n, in the sampled form',
  },
  {
    name: 'train/penalty_lambda',
    label: 'Penalty λ·R',
    unit: 'nats',
    scale: 'logarithmic',
    formula: 'lambda times train/penalty',
  },
  {
    name: 'train/term_gradient_norm',
    label: 'Penalty term gradient norm',
    unit: '',
    scale: 'logarithmic',
    formula:
      'Fisher trace and Jacobians: norm of (1/n) sum_j grad s_j, s_j the scalar whose gradient norm is penalised',
  },
  {
    name: 'train/ascended_loss',
    label: 'Ascended loss',
    unit: 'nats',
    scale: 'logarithmic',
    formula: "sharpness-aware methods: (1/n) sum of the micro-batches' cross-entropy at the ascended parameters",
  },
  {
    name: 'progress/epoch',
    label: 'Epoch',
    unit: 'epochs',
    scale: 'linear',
    formula: 'passes over the training images so far, as a fraction',
  },
  {
    name: 'progress/samples',
    label: 'Data seen',
    unit: 'images',
    scale: 'linear',
    formula: 'training images used so far',
  },
  {
    name: 'progress/gradient_evaluations',
    label: 'Gradient evaluations',
    unit: 'images',
    scale: 'linear',
    formula:
      'images times backward passes so far; a penalised image counts twice, three times for Fisher trace and Jacobians',
  },
  {
    name: 'system/seconds',
    label: 'Wall time',
    unit: 's',
    scale: 'linear',
    formula: 'seconds of training so far, pauses left out',
  },
];

export function seriesDescription(name: string): SeriesDescription {
  return (
    seriesCatalogue.find((entry) => entry.name === name) ?? {
      name,
      label: name,
      unit: '',
      scale: 'linear',
      formula: '',
    }
  );
}
