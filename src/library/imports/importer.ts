import type {
  ColumnMapping,
  ImportedItem,
  ImportExamination,
  ImportKind,
  ImportPreview,
} from '../../contracts/imports.ts';
import type { Library } from '../library.ts';
import type { ImportSource } from './source.ts';

/** Where an importer puts things, and what was asked for. */
export interface ImportTask {
  readonly library: Library;
  /** Folder on the library's disk for what is half done: everything in it is removed in the end. */
  readonly staging: string;
  /** One of the importer's kinds. */
  readonly kind: ImportKind;
  readonly mapping: ColumnMapping | undefined;
  /** Whether to import again what is there already. */
  readonly force: boolean;
  /** Version of the application. */
  readonly app: string;
  /** Tells how much of the file was read, from 0 to 1. */
  progress(fraction: number): void;
}

/** Reads one form of file. */
export interface Importer {
  /** In words: what `detect` looks for. */
  readonly name: string;
  /** What its files can become; the first is what they are unless asked otherwise. */
  readonly kinds: readonly ImportKind[];
  /** Whether a file is of this form, by its content; its name only where content cannot tell. */
  detect(source: ImportSource): boolean | Promise<boolean>;
  /** Imports a file whole or not at all. Throws MicrobatchErrors with codes `import/...` or `library/...`. */
  import(source: ImportSource, task: ImportTask): Promise<ImportedItem[]>;
  /** What is in a file that has no columns, without importing it. Throws what importing it would throw at its description. */
  examine?(source: ImportSource): Promise<ImportExamination['content']>;
  /** What a metric file would become; importers of other things have none. */
  preview?(source: ImportSource, mapping: ColumnMapping | undefined, kind: ImportKind): Promise<ImportPreview>;
}
