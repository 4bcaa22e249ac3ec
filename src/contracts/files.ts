import { z } from 'zod';
import { parseJson } from './parse.ts';

/**
 * A file or folder of the host's machine, as a window names it. In the desktop application it is a handle that the host
 * gave for a file that the user chose, dropped or opened; of a web host it is a path, within what `serve --files` opens.
 * Every field of the call table that names a file is of this schema: that is how a host finds it (lab/file-access.ts).
 */
export const hostFile = z.string().min(1).max(4000).meta({ hostFile: 'named' });

/** Whether a schema is that of a file of the host's machine, and which kind: one of a call, or the trace of a spec. */
export const hostFileKind = (schema: z.core.$ZodType): 'named' | 'trace' | undefined =>
  z.globalRegistry.get(schema)?.hostFile;

/** A file or folder that the user chose. */
export const handedFile = z.object({
  /** What names it in calls. */
  file: z.string(),
  /** Its place on the host's machine, to be shown. */
  path: z.string(),
});
export type HandedFile = z.infer<typeof handedFile>;

/** What files are chosen for: decides what the dialog asks and shows. */
export const filePurposes = [
  'data-set',
  'data-set-folder',
  'import',
  'import-folder',
  'trace',
  'weights',
  'export-folder',
  'runtime',
  'runtime-folder',
] as const;
export type FilePurpose = (typeof filePurposes)[number];

export const fileChoice = z.object({ purpose: z.enum(filePurposes) });

/** Whether a text is the spec of a run; anything else that was opened is something to import. */
export function isSpecText(text: string): boolean {
  const spec = z.looseObject({ method: z.string(), dataset: z.unknown() });
  return spec.safeParse(parseJson(text)).success;
}

/** Most of a document that is read as a spec, bytes. */
export const largestSpecBytes = 1_000_000;

/** What the user opened from outside the window, or dropped on it: a run's spec as text, or files to import. */
export const openedDocument = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('spec'), name: z.string(), text: z.string() }),
  z.object({ kind: z.literal('import'), files: z.array(handedFile).min(1) }),
]);
export type OpenedDocument = z.infer<typeof openedDocument>;

/** How a window follows files that a host takes; only a browser's need time to be sent. */
export interface TakingOptions {
  /** Told what share of their bytes is sent. */
  readonly progress?: (fraction: number) => void;
  /** Given the function that gives the sending up. */
  readonly whenCancelled?: (cancel: () => void) => void;
}

declare module 'zod' {
  interface GlobalMeta {
    hostFile?: 'named' | 'trace';
  }
}
