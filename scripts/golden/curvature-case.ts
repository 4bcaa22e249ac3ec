import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { layerSchema, type ModelDefinition } from '../../src/engine/models/model.ts';
import type { StoredTensor } from '../../src/library/formats/element-types.ts';
import { readSafetensors } from '../../src/library/formats/safetensors.ts';
import { modelOfNetwork, parseFile } from './case.ts';

const figure = z.number();
const traces = z.object({ trace: figure, empirical_trace_true_labels: figure });

/** The JSON of a curvature case (golden/1): the loss of one micro-batch at the start, training mode. */
const curvatureCase = z.object({
  format: z.literal('golden/1'),
  network: z.object({
    input: z.array(z.int()),
    classes: z.int(),
    layers: z.array(layerSchema),
    parameter_count: z.int(),
  }),
  loss: figure,
  grad_norm: figure,
  hessian: z.object({
    trace: figure,
    frobenius_norm: figure,
    offdiagonal_square_sum: figure,
    hutchinson_variance_rademacher: figure,
    top_eigenvalues: z.array(figure),
    bottom_eigenvalues: z.array(figure),
    spectral_radius: figure,
    gradient_direction_g_Hg: figure,
    Hg_norm: figure,
  }),
  probes: z.array(z.object({ v_Hv: figure, Hv_norm: figure, v_norm: figure })),
  fisher: traces.extend({ expected_fishloss_penalty: figure, micro_batch: z.int() }),
  fisher_eval_mode: traces.optional(),
});

export interface CurvatureCase {
  readonly figures: z.infer<typeof curvatureCase>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly model: ModelDefinition;
}

/** Reads `PATH.json` and `PATH.safetensors`. Throws `golden/bad-case`, `format/bad-safetensors`. */
export function readCurvatureCase(path: string): CurvatureCase {
  const figures = parseFile(curvatureCase, path);
  const tensors = readSafetensors(readFileSync(path.replace(/json$/, 'safetensors')));
  return { figures, tensors, model: modelOfNetwork(figures.network) };
}
