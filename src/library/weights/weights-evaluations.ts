import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../contracts/canonical-json.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { weightsEvaluation } from '../../contracts/evaluations.ts';
import type { WeightsEvaluation } from '../../contracts/evaluations.ts';
import { parseJson, parseOrThrow } from '../../contracts/parse.ts';
import { writeLibraryFile } from '../write-library-file.ts';

export const weightsEvaluationsName = 'evaluations.json';
/** Of one net; the oldest go first. */
const mostKept = 20;

/** evaluations.json beside weights: the last evaluation as each model on each set of images, oldest first. */
const evaluationsFile = z.object({ schema: z.literal(1), evaluations: z.array(weightsEvaluation) });

/** Throws `evaluate/damaged` where the file is there and cannot be read. */
export async function readWeightsEvaluations(folder: string): Promise<WeightsEvaluation[]> {
  const path = join(folder, weightsEvaluationsName);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new MicrobatchError({ code: 'evaluate/damaged', message: `${path} cannot be read` }, { cause });
  });
  if (text === null) return [];
  return parseOrThrow(evaluationsFile, parseJson(text), {
    ...{ code: 'evaluate/damaged', what: path },
    remedy: 'remove the file and evaluate again',
  }).evaluations;
}

/** Throws `evaluate/damaged` rather than replace what cannot be read, `library/...`. */
export async function keepWeightsEvaluation(folder: string, evaluation: WeightsEvaluation): Promise<void> {
  const others = (await readWeightsEvaluations(folder)).filter((each) => placeOf(each) !== placeOf(evaluation));
  const content = { schema: 1, evaluations: [...others, evaluation].slice(-mostKept) } satisfies z.infer<
    typeof evaluationsFile
  >;
  await writeLibraryFile(join(folder, weightsEvaluationsName), `${JSON.stringify(content)}\n`);
}

const placeOf = ({ model, dataset, figures: { split } }: WeightsEvaluation): string =>
  canonicalJson({ model, dataset, split });
