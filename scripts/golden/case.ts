import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseOrThrow } from '../../src/contracts/parse.ts';
import { layerSchema, type Layer, type ModelDefinition } from '../../src/engine/models/model.ts';
import type { StoredTensor } from '../../src/library/formats/element-types.ts';
import { readSafetensors } from '../../src/library/formats/safetensors.ts';

const figure = z.number();
const microFigures = z.object({
  index: z.int(),
  size: z.int(),
  loss: figure,
  loss_grad_norm: figure,
  s: figure.optional(),
  penalty: figure.optional(),
  penalty_grad_norm: figure.optional(),
  correct: z.int(),
  objective: figure.optional(),
  objective_grad_norm: figure.optional(),
  perturbed_loss: figure.optional(),
  perturbed_loss_minus: figure.optional(),
  perturbed_grad_norm: figure.optional(),
});
export type MicroFigures = z.infer<typeof microFigures>;

const stepFigures = z.object({
  step: z.int(),
  epoch: z.int(),
  micro_batches: z.array(z.int()),
  micro: z.array(microFigures),
  sampled_micro_batch: z.int().optional(),
  graft_norm: figure.optional(),
  loss_mean: figure,
  penalty_mean: figure.optional(),
  penalty_lambda: figure.optional(),
  objective: figure,
  s_grad_norm: figure.optional(),
  loss_grad_norm: figure,
  grad_norm: figure,
  scale: figure,
  step_length: figure,
  micro_grad_norm_mean: figure,
  micro_grad_sqnorm_mean: figure,
  micro_cosine_mean: figure.optional(),
  gradient_diversity: figure.optional(),
  noise_scale: z.object({ b_small: figure, b_big: figure, g2: figure, s: figure, b_simple: figure }).optional(),
  epoch_accuracy_percent: figure,
  epoch_avg_loss: figure.optional(),
});
export type StepFigures = z.infer<typeof stepFigures>;

/** The JSON of a training case (golden/1); values are named as in its description. */
const goldenCase = z.object({
  format: z.literal('golden/1'),
  network: z.object({
    input: z.array(z.int()),
    classes: z.int(),
    layers: z.array(layerSchema),
    parameters: z.record(z.string(), z.array(z.int())),
    buffers: z.record(z.string(), z.array(z.int())),
    parameter_count: z.int(),
  }),
  method: z.string(),
  hyper: z.object({
    learning_rate: figure,
    lambda: figure.optional(),
    aj_scale: z.enum(['code', 'paper']).optional(),
    trace: z.array(z.tuple([z.int(), figure])).optional(),
    trace_mode: z.enum(['hold', 'linear']).optional(),
    rho: figure.optional(),
    alpha: figure.optional(),
    radius: figure.optional(),
    micro_batch: z.int(),
    batch: z.int().nullable(),
    n: z.int(),
  }),
  micro_batches: z.array(z.object({ index: z.int(), size: z.int() })),
  steps: z.array(stepFigures),
  final: z.object({
    examples: z.int(),
    loss: figure,
    correct: z.int(),
    accuracy_percent: figure,
    eval_batch: z.int(),
    reference_avg_test_loss: figure,
    num_batches_tracked: z.int().nullable(),
  }),
  closed_form: z
    .object({ regloss: figure, avgjac_code: figure, avgjac_paper: figure, unitjac_for_norm_one: figure })
    .optional(),
});

export type CaseFigures = z.infer<typeof goldenCase>;

export interface GoldenCase {
  readonly figures: CaseFigures;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly model: ModelDefinition;
}

/** Reads `PATH.json` and `PATH.safetensors`. Throws `golden/bad-case`, `format/bad-safetensors`. */
export function readCase(jsonPath: string): GoldenCase {
  const figures = parseFile(goldenCase, jsonPath);
  const tensors = readSafetensors(readFileSync(jsonPath.replace(/json$/, 'safetensors')));
  return { figures, tensors, model: modelOfNetwork(figures.network) };
}

/** Reads and checks a JSON file. Throws `golden/bad-case`. */
export function parseFile<T extends z.ZodType>(schema: T, jsonPath: string): z.infer<T> {
  const value: unknown = JSON.parse(readFileSync(jsonPath, 'utf8'));
  return parseOrThrow(schema, value, { code: 'golden/bad-case', what: jsonPath });
}

/** Networks on plain vectors [F] are networks on F channels of one pixel, flattened first. */
export function modelOfNetwork(network: { input: number[]; classes: number; layers: Layer[] }): ModelDefinition {
  const [channels = 1, height, width] = network.input;
  if (height === undefined || width === undefined) {
    return { inputShape: [channels, 1, 1], classes: network.classes, layers: [{ type: 'flatten' }, ...network.layers] };
  }
  return { inputShape: [channels, height, width], classes: network.classes, layers: network.layers };
}
