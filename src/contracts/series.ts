import type { SeriesDescription } from './series-description.ts';
import { systemSeries } from './system-series.ts';

/** The series that a run can record. Series names are a public, stable vocabulary. */
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
  ...systemSeries,
  {
    name: 'instrument/gradient_norm',
    label: 'Gradient norm of a fresh batch',
    unit: '',
    scale: 'logarithmic',
    formula: 'norm of (1/n) sum_j grad l_j over a batch drawn for the measurement',
  },
  {
    name: 'instrument/micro_gradient_norm',
    label: 'Micro-batch gradient norm, root mean square',
    unit: '',
    scale: 'logarithmic',
    formula: 'root of the mean over micro-batches of the squared norm of grad l_j',
  },
  {
    name: 'instrument/micro_gradient_norm_mean',
    label: 'Micro-batch gradient norm, mean',
    unit: '',
    scale: 'logarithmic',
    formula: 'mean over micro-batches of norm(grad l_j)',
  },
  {
    name: 'instrument/micro_gradient_norm_spread',
    label: 'Micro-batch gradient norm, spread',
    unit: '',
    scale: 'logarithmic',
    formula: 'standard deviation over micro-batches of norm(grad l_j), divisor n - 1',
  },
  {
    name: 'instrument/penalty_gradient_norm',
    label: 'Penalty gradient norm',
    unit: '',
    scale: 'logarithmic',
    formula: 'norm of P = (1/n) sum_j grad R_j, without lambda, all micro-batches in the sampled form too',
  },
  {
    name: 'instrument/penalty_gradient_cosine',
    label: 'Penalty against loss gradient',
    unit: '',
    scale: 'linear',
    formula: 'cosine between P and (1/n) sum_j grad l_j of the same batch',
  },
  {
    name: 'instrument/noise_scale',
    label: 'Gradient noise scale',
    unit: 'images',
    scale: 'logarithmic',
    formula:
      'instrument/noise_scale_noise over instrument/noise_scale_signal; of one step, so average the two before dividing',
  },
  {
    name: 'instrument/noise_scale_signal',
    label: 'Gradient noise scale, signal',
    unit: 'squared',
    scale: 'linear',
    formula:
      '(B q_B - b q_b) / (B - b), q the squared gradient norm at b images (harmonic mean of the micro-batches) and at B = k b, k micro-batches',
  },
  {
    name: 'instrument/noise_scale_noise',
    label: 'Gradient noise scale, noise',
    unit: 'squared',
    scale: 'logarithmic',
    formula: '(q_b - q_B) / (1/b - 1/B), estimates the trace of the covariance of the gradient of an image',
  },
  {
    name: 'instrument/distance_from_initialisation',
    label: 'Distance from initialisation',
    unit: '',
    scale: 'logarithmic',
    formula: 'norm(theta - theta_0)',
  },
  {
    name: 'instrument/update_to_weight',
    label: 'Update-to-weight ratio',
    unit: '',
    scale: 'logarithmic',
    formula: 'norm of the update over norm of the parameters before it',
  },
  {
    name: 'instrument/update_to_weight/LAYER',
    label: 'Update-to-weight ratio',
    unit: '',
    scale: 'logarithmic',
    formula: 'the same for the parameters of one layer',
  },
  {
    name: 'instrument/fisher_trace',
    label: 'Fisher trace',
    unit: 'nats²',
    scale: 'logarithmic',
    formula: '(m/n) sum_j of the squared norm of grad s_j, s_j the mean cross-entropy with labels drawn from the model',
  },
  {
    name: 'instrument/unit_jacobian_norm',
    label: 'Unit Jacobian norm',
    unit: '',
    scale: 'logarithmic',
    formula:
      'root of the mean over micro-batches of the squared norm of grad u^T fbar_j, u a random unit vector for each',
  },
  {
    name: 'instrument/hessian_top',
    label: 'Top Hessian eigenvalue',
    unit: '',
    scale: 'linear',
    formula: 'greatest eigenvalue of the Hessian of (1/n) sum_j l_j over the fixed subset, by Lanczos iteration',
  },
  {
    name: 'instrument/hessian_trace',
    label: 'Hessian trace',
    unit: '',
    scale: 'linear',
    formula: 'mean of v^T H v over random sign vectors v, same subset (Hutchinson)',
  },
  {
    name: 'instrument/hessian_trace_error',
    label: 'Hessian trace, standard error',
    unit: '',
    scale: 'logarithmic',
    formula: 'standard deviation of v^T H v over the root of the number of vectors',
  },
];

/** Families have a last word in capitals, which stands for a layer or an instrument. */
const families = seriesCatalogue.flatMap((entry) => {
  const stem = /^(.*\/)[A-Z]+$/.exec(entry.name)?.[1];
  return stem === undefined ? [] : [{ entry, stem }];
});

export function seriesDescription(name: string): SeriesDescription {
  const exact = seriesCatalogue.find((entry) => entry.name === name);
  if (exact !== undefined) return exact;
  const family = families.find(({ stem }) => name.startsWith(stem));
  if (family === undefined) return { name, label: name, unit: '', scale: 'linear', formula: '' };
  return { ...family.entry, name, label: `${family.entry.label}, ${name.slice(family.stem.length)}` };
}
