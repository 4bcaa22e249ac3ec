import { z } from 'zod';
import { acting, reading, writing, jobName, nothing, runId } from './call-entry.ts';
import {
  evaluationFigures,
  evaluationRequest,
  evaluationSplits,
  keptEvaluation,
  weightsEvaluation,
} from './evaluations.ts';
import { exportBatch, exportBatchReport } from './exports.ts';
import { hostFile } from './files.ts';
import {
  columnMapping,
  importExamination,
  importKinds,
  importPreview,
  importReport,
  importRequest,
  traceSummary,
  weightsSummary,
} from './imports.ts';

/** Calls about evaluations and about what comes from other tools and goes to them: part of the table in api.ts. */
export const exchangeCalls = {
  /** Evaluates a checkpoint or imported weights; the result is kept with its run or with them. Given up with the call. */
  'evaluations.run': acting(evaluationRequest.extend({ job: jobName }), evaluationFigures),
  /** What is kept of a run's evaluations, oldest first. */
  'evaluations.list': reading(z.object({ run: runId }), z.array(keptEvaluation)),
  /** All figures of one that is kept; null where only its summary is. */
  'evaluations.read': reading(
    z.object({ run: runId, checkpoint: z.int().min(0), split: z.enum(evaluationSplits) }),
    evaluationFigures.nullable(),
  ),
  /** Keeps what a checkpoint came to on a split, in place of what it came to before; with all figures where they are given. */
  'runs.keep-evaluation': writing(
    z.object({ run: runId, evaluation: keptEvaluation, figures: evaluationFigures.optional() }),
    nothing,
  ),
  /** Writes files of runs, checkpoints and imported weights; what is refused is in the report. Given up with the call. */
  'exports.run': acting(exportBatch.extend({ job: jobName }), exportBatchReport),
  /** What a metric file of the host's machine would be read as. */
  'imports.preview': acting(
    z.object({ path: hostFile, as: z.enum(importKinds).optional(), mapping: columnMapping.optional() }),
    importPreview,
  ),
  /** What a file of the host's machine is, and what would become of it. */
  'imports.examine': acting(
    z.object({ path: hostFile, as: z.enum(importKinds).optional(), mapping: columnMapping.optional() }),
    importExamination,
  ),
  /** Imports files; one that is refused is in the report, with its reason. */
  'imports.run': writing(importRequest, importReport),
  /** Gives up every import on its way; nothing half done is kept. */
  'imports.cancel': acting(nothing, nothing),
  /** Imported curves that can be grafted, newest first. */
  'traces.list': reading(nothing, z.array(traceSummary)),
  /** Moves an imported trace to the trash; `traces.restore` brings it back. */
  'traces.remove': writing(z.object({ trace: runId }), nothing),
  'traces.restore': writing(z.object({ trace: runId }), nothing),
  /** Imported weights, newest first. */
  'weights.list': reading(nothing, z.array(weightsSummary)),
  /** Moves imported weights to the trash; `weights.restore` brings them back. */
  'weights.remove': writing(z.object({ weights: runId }), nothing),
  /** What they came to, the last on each set of images, oldest first. */
  'weights.evaluations': reading(z.object({ weights: runId }), z.array(weightsEvaluation)),
  /** Keeps what they came to, in place of what they came to on the same images as the same model before. */
  'weights.keep-evaluation': writing(z.object({ weights: runId, evaluation: weightsEvaluation }), nothing),
  'weights.restore': writing(z.object({ weights: runId }), nothing),
} as const;

export const exchangeEvents = {
  /** `fraction` of the images are evaluated. */
  'evaluation.progress': z.object({ job: jobName, fraction: z.number().min(0).max(1) }),
  /** A run keeps another evaluation. */
  'evaluations.changed': z.object({ run: z.string() }),
  'export.progress': z.object({
    job: jobName,
    /** Name of the file that is written now. */
    file: z.string(),
    /** Exports done, refused ones among them, of `total`. */
    done: z.int(),
    total: z.int(),
    /** Of all files so far. */
    bytes: z.int(),
  }),
  'import.progress': z.object({ file: z.string(), fraction: z.number() }),
  /** Imported traces or weights have come or gone. */
  'imports.changed': z.object({ kind: z.enum(['trace', 'weights']) }),
} as const;
