import type { ExportedFile, ExportFormat } from '../../contracts/exports.ts';
import type { CheckpointSelector } from '../../library/checkpoints/checkpoint-store.ts';
import type { Library } from '../../library/library.ts';

export interface ExportTask {
  /** Only read. */
  readonly library: Library;
  readonly format: ExportFormat;
  /** A run, or imported weights: id, unique beginning of one, or unique name. */
  readonly reference: string;
  /** Absolute path of the file to write, or of the folder where the format has several files. */
  readonly out: string;
  readonly checkpoint: CheckpointSelector | undefined;
  /** Whether the imported weights that a run began with go into its bundle. */
  readonly withWeights?: boolean;
  /** Whether to replace what is there. */
  readonly force: boolean;
  /** Folders of data sets, which state image sizes and classes. */
  readonly folders: { readonly resources: string; readonly datasets: string };
  /** Version of the application. */
  readonly app: string;
  /** Gives the writing up when aborted: nothing half done stays. */
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes as they are written. */
  readonly wrote?: (bytes: number) => void;
}

export interface Exported {
  readonly run: string | null;
  readonly weights: string | null;
  readonly checkpoint: number | null;
  readonly files: readonly ExportedFile[];
}

/** Writes one format. Throws `export/...`, `run/...`, `checkpoint/...` and `library/...`; nothing half done stays. */
export interface Exporter {
  /** What it writes, in a few words. */
  readonly description: string;
  export(task: ExportTask): Promise<Exported>;
}
