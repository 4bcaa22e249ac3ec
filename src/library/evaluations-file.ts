import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { evaluationFigures, keptEvaluation } from '../contracts/evaluations.ts';
import type { EvaluationFigures, KeptEvaluation } from '../contracts/evaluations.ts';
import { writeLibraryFile } from './write-library-file.ts';

const fileName = 'evaluations.json';
/** Of the checkpoints of one run; the oldest go first. */
const mostKept = 500;

/** evaluations.json: the last evaluation of each checkpoint and split, oldest first. */
const evaluationsFile = z.object({ schema: z.literal(1), evaluations: z.array(keptEvaluation) });

/** evaluations/<step>-<split>.json: classes, confusion matrix and calibration as well. */
const figuresFile = z.object({ schema: z.literal(1), figures: evaluationFigures });
const figuresFolder = 'evaluations';

const figuresPath = (runFolder: string, { checkpoint, split }: Pick<KeptEvaluation, 'checkpoint' | 'split'>): string =>
  join(runFolder, figuresFolder, `${String(checkpoint)}-${split}.json`);

/** What is kept of a run's evaluations; none where the file cannot be read. */
export async function readEvaluations(runFolder: string): Promise<KeptEvaluation[]> {
  const text = await readFile(join(runFolder, fileName), 'utf8').catch(() => '');
  try {
    return evaluationsFile.parse(JSON.parse(text)).evaluations;
  } catch {
    return [];
  }
}

/** All figures of an evaluation that is kept; null where only its summary is, or where the file cannot be read. */
export async function readFigures(
  runFolder: string,
  { checkpoint, split }: Pick<KeptEvaluation, 'checkpoint' | 'split'>,
): Promise<EvaluationFigures | null> {
  const text = await readFile(figuresPath(runFolder, { checkpoint, split }), 'utf8').catch(() => '');
  try {
    return figuresFile.parse(JSON.parse(text)).figures;
  } catch {
    return null;
  }
}

/**
 * Puts an evaluation in the place of an earlier one of its checkpoint and split, and all its figures, where they are
 * given, into a file beside it. Throws `library/...`.
 */
export async function keepEvaluation(
  runFolder: string,
  evaluation: KeptEvaluation,
  figures?: EvaluationFigures,
): Promise<void> {
  const others = (await readEvaluations(runFolder)).filter(
    ({ checkpoint, split }) => checkpoint !== evaluation.checkpoint || split !== evaluation.split,
  );
  const all = [...others, evaluation];
  const evaluations = all.slice(-mostKept);
  for (const gone of all.slice(0, -mostKept)) await rm(figuresPath(runFolder, gone), { force: true });
  // Figures of an earlier evaluation must never stand for those of this one.
  if (figures === undefined) await rm(figuresPath(runFolder, evaluation), { force: true });
  else {
    await mkdir(join(runFolder, figuresFolder), { recursive: true });
    const file = { schema: 1, figures } satisfies z.infer<typeof figuresFile>;
    await writeLibraryFile(figuresPath(runFolder, evaluation), `${JSON.stringify(file)}\n`);
  }
  const content = { schema: 1, evaluations } satisfies z.infer<typeof evaluationsFile>;
  const path = join(runFolder, fileName);
  await writeLibraryFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
