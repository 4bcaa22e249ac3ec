import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseOrThrow } from '../../src/contracts/parse.ts';
import { readSafetensors, type SafeTensor } from '../../src/library/formats/safetensors.ts';

const micro = z.object({
  index: z.int(),
  size: z.int(),
  loss: z.number(),
  loss_grad_norm: z.number(),
  penalty: z.number().nullish(),
  penalty_grad_norm: z.number().nullish(),
  objective: z.number().nullish(),
  objective_grad_norm: z.number().nullish(),
  correct: z.int(),
});

const step = z.object({
  step: z.int(),
  micro_batches: z.array(z.int()),
  micro: z.array(micro),
  loss_mean: z.number(),
  penalty_mean: z.number().nullish(),
  penalty_lambda: z.number().nullish(),
  objective: z.number(),
  loss_grad_norm: z.number().nullish(),
  grad_norm: z.number(),
  step_length: z.number(),
  micro_grad_norm_mean: z.number(),
  micro_grad_sqnorm_mean: z.number(),
});

const caseFile = z.object({
  format: z.literal('golden/1'),
  name: z.string(),
  network: z.object({
    name: z.string(),
    input: z.array(z.int()),
    classes: z.int(),
    layers: z.array(z.looseObject({ type: z.string() })),
    parameters: z.record(z.string(), z.array(z.int())),
    buffers: z.record(z.string(), z.array(z.int())).default({}),
  }),
  method: z.string(),
  hyper: z.looseObject({
    learning_rate: z.number(),
    lambda: z.number().nullish(),
    micro_batch: z.int(),
    batch: z.int().nullish(),
    n: z.int(),
    examples: z.int(),
  }),
  micro_batches: z.array(z.object({ index: z.int(), size: z.int(), examples: z.array(z.int()) })),
  steps: z.array(step),
  final: z.looseObject({
    examples: z.int(),
    loss: z.number(),
    correct: z.int(),
    accuracy_percent: z.number(),
  }),
});
export type GoldenCase = z.infer<typeof caseFile>;
export type GoldenStep = z.infer<typeof step>;

export interface LoadedCase {
  readonly file: GoldenCase;
  readonly tensors: ReadonlyMap<string, SafeTensor>;
}

/** Reads `cases/NAME.json` and its tensors. Throws `golden/invalid-case` naming the field that does not fit. */
export async function loadCase(pathWithoutEnding: string): Promise<LoadedCase> {
  const json: unknown = JSON.parse(await readFile(`${pathWithoutEnding}.json`, 'utf8'));
  const file = parseOrThrow(caseFile, json, { code: 'golden/invalid-case', what: `${pathWithoutEnding}.json` });
  const tensorFile = `${pathWithoutEnding}.safetensors`;
  return { file, tensors: readSafetensors(await readFile(tensorFile), tensorFile) };
}

/** The tensors under a prefix, by the rest of their name: `tensorsUnder(t, 'step/1/grad/')` -> parameter name -> data. */
export function tensorsUnder(
  tensors: ReadonlyMap<string, SafeTensor>,
  prefix: string,
): Map<string, Float32Array | Float64Array> {
  const found = new Map<string, Float32Array | Float64Array>();
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(prefix)) continue;
    if (tensor.data instanceof Float32Array || tensor.data instanceof Float64Array) {
      found.set(name.slice(prefix.length), tensor.data);
    }
  }
  return found;
}
