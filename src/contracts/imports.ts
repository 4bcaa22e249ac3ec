import { z } from 'zod';
import { hostFile } from './files.ts';
import { namedRecord } from './named-record.ts';
import { importTools } from './run-record.ts';
import { modelSpec } from './run-spec.ts';

/** What a file can be read as. */
export const importKinds = ['run', 'trace', 'weights'] as const;
export type ImportKind = (typeof importKinds)[number];

const column = z.string().min(1).max(500);

/** Which columns of a file become which series; columns that are not named are guessed. */
export const columnMapping = z.object({
  /** Column that counts steps. */
  stepColumn: column.optional(),
  /** Recorded values are `scale` times those in the file: 0.01 makes fractions of percentages. A null series leaves a column out. */
  columns: z
    .array(z.object({ column, series: column.nullable(), scale: z.number().positive().default(1) }))
    .max(1000)
    .default([]),
});
export type ColumnMapping = z.infer<typeof columnMapping>;

export const importRequest = z.object({
  /** Files or folders of the host's machine. */
  paths: z.array(hostFile).min(1).max(1000),
  /** What they are read as; what they are unless given. */
  as: z.enum(importKinds).optional(),
  mapping: columnMapping.optional(),
  /** Imports again what is there already. */
  force: z.boolean().optional(),
});
export type ImportRequest = z.infer<typeof importRequest>;

/** One thing that is in the library now. */
export const importedItem = z.object({
  kind: z.enum(importKinds),
  id: z.string(),
  name: z.string(),
  /** The file it was read from. */
  file: z.string(),
  series: z.array(z.string()),
  /** Recorded points of all series. */
  points: z.int(),
  tensors: z.int(),
  /** What was left out or assumed, in words. */
  notes: z.array(z.string()),
});
export type ImportedItem = z.infer<typeof importedItem>;

/** A file that was not imported, and why: nothing of it was kept. */
export const refusedFile = z.object({ file: z.string(), code: z.string(), reason: z.string() });
export type RefusedFile = z.infer<typeof refusedFile>;

export const importReport = z.object({ imported: z.array(importedItem), refused: z.array(refusedFile) });
export type ImportReport = z.infer<typeof importReport>;

/** What a metric file would be read as. */
export const importPreview = z.object({
  file: z.string(),
  tool: z.enum(importTools),
  /** Names of the runs in it; one empty name where it does not name any. */
  runs: z.array(z.string()),
  /** Null where each row states its step. */
  stepColumn: z.string().nullable(),
  columns: z.array(
    z.object({
      column: z.string(),
      /** Null: it is left out. */
      series: z.string().nullable(),
      scale: z.number(),
      /** Why it is left out or renamed; empty where it keeps its name. */
      reason: z.string(),
    }),
  ),
  /** First values of each row by column, as text. */
  rows: z.array(namedRecord(z.string())),
  notes: z.array(z.string()),
});
export type ImportPreview = z.infer<typeof importPreview>;

/** A recorded curve that is kept to be grafted, without being a run. */
export const traceSummary = z.object({
  id: z.string(),
  name: z.string(),
  file: z.string(),
  importedAt: z.string(),
  /** Whose way of counting steps it has. */
  tool: z.enum(importTools),
  series: z.array(z.string()),
});
export type TraceSummary = z.infer<typeof traceSummary>;

/** A model by the names and shapes of its tensors. */
export const recognisedModel = z.object({
  model: modelSpec,
  classes: z.int(),
  /** Of its images; null where the tensors do not tell. */
  channels: z.int().nullable(),
  /** Numbers in an image, where its first layer takes them all; else null. */
  inputs: z.int().nullable(),
  /** The first tensors that do not fit it, in words; none where all do. */
  differences: z.array(z.string()),
});
export type RecognisedModel = z.infer<typeof recognisedModel>;

/** Imported weights: a net's parameters by name, to begin a run with, to evaluate or to export. */
export const weightsSummary = z.object({
  id: z.string(),
  name: z.string(),
  file: z.string(),
  form: z.enum(['safetensors', 'pth']),
  importedAt: z.string(),
  /** Numbers in all tensors. */
  parameters: z.int(),
  tensors: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.int()) })),
  /** What was left out or assumed, in words. */
  notes: z.array(z.string()),
  /** Null where the tensors look like no model of this application. */
  model: recognisedModel.nullable(),
});
export type WeightsSummary = z.infer<typeof weightsSummary>;

/** What a file is and what would become of it, before it is imported. */
export const importExamination = z.object({
  file: z.string(),
  /** What it was found to be, in words. */
  form: z.string(),
  /** What it can become; the first unless it is asked otherwise. */
  kinds: z.array(z.enum(importKinds)).min(1),
  content: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('series'), preview: importPreview }),
    z.object({
      kind: z.literal('weights'),
      tensors: weightsSummary.shape.tensors,
      parameters: z.int(),
      notes: z.array(z.string()),
      /** Null where the tensors look like no model of this application. */
      model: recognisedModel.nullable(),
    }),
    /** A whole run of another library; its parts are looked at when it is imported. */
    z.object({ kind: z.literal('bundle'), run: z.string(), app: z.string(), files: z.int(), bytes: z.int() }),
  ]),
});
export type ImportExamination = z.infer<typeof importExamination>;
