import { z } from 'zod';
import { errorShape } from './errors.ts';
import { columnMapping, importExamination, importKinds, importPreview, importReport } from './imports.ts';

const mapping = columnMapping.optional();

/** What a host may ask an import process. It answers once; ending it before gives the work up. */
export const toImportTask = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('import'),
    library: z.string(),
    /** Folder inside the library for what is half done; the host removes it when the process has ended. */
    staging: z.string(),
    paths: z.array(z.string()),
    as: z.enum(importKinds).optional(),
    mapping,
    force: z.boolean(),
    /** Version of the application. */
    app: z.string(),
  }),
  z.object({ type: z.literal('preview'), path: z.string(), as: z.enum(importKinds).optional(), mapping }),
  z.object({ type: z.literal('examine'), path: z.string(), as: z.enum(importKinds).optional(), mapping }),
]);
export type ToImportTask = z.infer<typeof toImportTask>;

export const fromImportTask = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), file: z.string(), fraction: z.number() }),
  z.object({ type: z.literal('report'), report: importReport }),
  z.object({ type: z.literal('preview'), preview: importPreview }),
  z.object({ type: z.literal('examination'), examination: importExamination }),
  z.object({ type: z.literal('failed'), error: errorShape }),
]);
export type FromImportTask = z.infer<typeof fromImportTask>;
