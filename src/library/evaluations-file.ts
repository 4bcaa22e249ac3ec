import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { evaluationFigures, keptEvaluation } from '../contracts/evaluations.ts';
import type { EvaluationFigures, KeptEvaluation } from '../contracts/evaluations.ts';
import { parseJson, parseOrThrow } from '../contracts/parse.ts';
import { isPlainFolder, namesIn, requireOwn } from './folder-entries.ts';
import { writeError } from './write-error.ts';
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

/** The files of a run's evaluations that are there and cannot be read, with what is wrong with them. */
export async function damagedEvaluations(runFolder: string): Promise<{ path: string; error: unknown }[]> {
  const damaged: { path: string; error: unknown }[] = [];
  const look = async (path: string, form: z.ZodType): Promise<void> => {
    try {
      parseOrThrow(form, parseJson(await readFile(path, 'utf8')), {
        ...{ code: 'evaluate/damaged', what: path },
        remedy: '`microbatch doctor --fix` takes it out, `microbatch eval` evaluates again',
      });
    } catch (error) {
      damaged.push({ path, error });
    }
  };
  const summary = join(runFolder, fileName);
  if (existsSync(summary)) await look(summary, evaluationsFile);
  const folder = join(runFolder, figuresFolder);
  const names = (await isPlainFolder(folder)) ? await namesIn(folder) : [];
  for (const name of names) if (name.endsWith('.json')) await look(join(folder, name), figuresFile);
  return damaged;
}

/**
 * Puts an evaluation in the place of an earlier one of its checkpoint and split, and all its figures, where they are
 * given, into a file beside it. Throws `library/...`, and `evaluate/damaged` rather than replace what cannot be read.
 */
export async function keepEvaluation(
  runFolder: string,
  evaluation: KeptEvaluation,
  figures?: EvaluationFigures,
): Promise<void> {
  const unreadable = (await damagedEvaluations(runFolder)).find(({ path }) => path === join(runFolder, fileName));
  if (unreadable !== undefined) throw unreadable.error;
  const others = (await readEvaluations(runFolder)).filter(
    ({ checkpoint, split }) => checkpoint !== evaluation.checkpoint || split !== evaluation.split,
  );
  requireOwn(join(runFolder, figuresFolder));
  const all = [...others, evaluation];
  const evaluations = all.slice(-mostKept);
  const place = figuresPath(runFolder, evaluation);
  try {
    for (const gone of all.slice(0, -mostKept)) await rm(figuresPath(runFolder, gone), { force: true });
    // Figures of an earlier evaluation must never stand for those of this one.
    if (figures === undefined) await rm(place, { force: true });
    else await mkdir(join(runFolder, figuresFolder), { recursive: true });
  } catch (cause) {
    throw writeError(place, cause);
  }
  if (figures !== undefined) {
    const file = { schema: 1, figures } satisfies z.infer<typeof figuresFile>;
    await writeLibraryFile(place, `${JSON.stringify(file)}\n`);
  }
  const content = { schema: 1, evaluations } satisfies z.infer<typeof evaluationsFile>;
  const path = join(runFolder, fileName);
  await writeLibraryFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
