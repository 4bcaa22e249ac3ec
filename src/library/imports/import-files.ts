import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import type {
  ColumnMapping,
  ImportedItem,
  ImportExamination,
  ImportKind,
  ImportPreview,
  ImportReport,
} from '../../contracts/imports.ts';
import { isSystemError, writeError } from '../write-error.ts';
import type { Importer, ImportTask } from './importer.ts';
import { importers } from './importers.ts';
import { openSource } from './source.ts';
import type { ImportSource } from './source.ts';

export interface ImportFilesOptions extends Omit<ImportTask, 'kind' | 'progress'> {
  readonly paths: readonly string[];
  readonly as: ImportKind | undefined;
  readonly progress: (file: string, fraction: number) => void;
}

/** Imports files one after the other. A file that cannot be imported is refused, with the reason; the others go on. */
export async function importFiles({ paths, as, progress, ...task }: ImportFilesOptions): Promise<ImportReport> {
  const report: { imported: ImportedItem[]; refused: ImportReport['refused'] } = { imported: [], refused: [] };
  for (const path of paths) {
    try {
      progress(path, 0);
      const source = await openSource(path);
      const importer = await importerOf(source);
      const kind = kindOf(importer, source, as);
      const items = await importer.import(source, { ...task, kind, progress: (fraction) => progress(path, fraction) });
      report.imported.push(...items);
    } catch (error) {
      // What a reader cannot read it says itself: what is left is of the folder in which the import is made.
      report.refused.push({ file: path, ...refusalOf(isSystemError(error) ? writeError(task.staging, error) : error) });
    }
  }
  return report;
}

/** What a metric file would become. Throws what importing it would throw, and `import/no-preview`. */
export async function previewFile(
  path: string,
  as: ImportKind | undefined,
  mapping: ColumnMapping | undefined,
): Promise<ImportPreview> {
  const source = await openSource(path);
  const importer = await importerOf(source);
  const kind = kindOf(importer, source, as);
  if (importer.preview !== undefined) return importer.preview(source, mapping, kind);
  throw new MicrobatchError({
    code: 'import/no-preview',
    message: `${path} is ${importer.name}, which has no columns to map`,
    expected: 'a file of recorded series',
    remedy: 'import it without a preview',
  });
}

/** What a file is and what would become of it. Throws what importing it would throw at its first rows or its description. */
export async function examineFile(
  path: string,
  as: ImportKind | undefined,
  mapping: ColumnMapping | undefined,
): Promise<ImportExamination> {
  const source = await openSource(path);
  const importer = await importerOf(source);
  const { name: form, kinds } = importer;
  const shown = { file: path, form, kinds: [...kinds] };
  if (importer.examine !== undefined) return { ...shown, content: await importer.examine(source) };
  return { ...shown, content: { kind: 'series', preview: await previewFile(path, as, mapping) } };
}

async function importerOf(source: ImportSource): Promise<Importer> {
  for (const importer of importers) if (await importer.detect(source)) return importer;
  const [first, second] = source.head;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new MicrobatchError({
      code: 'import/not-utf8',
      message: `${source.path} is text in UTF-16`,
      expected: 'text in UTF-8',
      remedy: 'save it as UTF-8: in a spreadsheet, as "CSV UTF-8"',
    });
  }
  throw new MicrobatchError({
    code: 'import/unknown-format',
    message: `${source.path} is of no form that can be imported`,
    expected: importers.map(({ name }) => name).join('; '),
  });
}

function kindOf({ kinds, name }: Importer, { path }: ImportSource, as: ImportKind | undefined): ImportKind {
  const kind = as ?? kinds[0];
  if (kind !== undefined && kinds.includes(kind)) return kind;
  throw new MicrobatchError({
    code: 'import/wrong-kind',
    message: `${path} is ${name}, which cannot become ${as === 'weights' ? 'weights' : `a ${String(as)}`}`,
    expected: `--as ${kinds.join(' or --as ')}`,
  });
}

function refusalOf(error: unknown): { code: string; reason: string } {
  const { code, message, expected, remedy } = toErrorShape(error);
  const sentences = [
    message,
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(remedy === undefined ? [] : [remedy]),
  ];
  return { code, reason: sentences.join('; ') };
}
