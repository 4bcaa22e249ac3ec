import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { keptEvaluation } from '../contracts/evaluations.ts';
import type { KeptEvaluation } from '../contracts/evaluations.ts';
import { writeLibraryFile } from './write-library-file.ts';

const fileName = 'evaluations.json';
/** Of the checkpoints of one run; the oldest go first. */
const mostKept = 500;

/** evaluations.json: the last evaluation of each checkpoint and split, oldest first. */
const evaluationsFile = z.object({ schema: z.literal(1), evaluations: z.array(keptEvaluation) });

/** What is kept of a run's evaluations; none where the file cannot be read. */
export async function readEvaluations(runFolder: string): Promise<KeptEvaluation[]> {
  const text = await readFile(join(runFolder, fileName), 'utf8').catch(() => '');
  try {
    return evaluationsFile.parse(JSON.parse(text)).evaluations;
  } catch {
    return [];
  }
}

/** Puts an evaluation in the place of an earlier one of its checkpoint and split. Throws `library/...`. */
export async function keepEvaluation(runFolder: string, evaluation: KeptEvaluation): Promise<void> {
  const others = (await readEvaluations(runFolder)).filter(
    ({ checkpoint, split }) => checkpoint !== evaluation.checkpoint || split !== evaluation.split,
  );
  const evaluations = [...others, evaluation].slice(-mostKept);
  const content = { schema: 1, evaluations } satisfies z.infer<typeof evaluationsFile>;
  const path = join(runFolder, fileName);
  await writeLibraryFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
