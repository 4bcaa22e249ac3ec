import type { ImportTool } from '../../../contracts/run-record.ts';
import type { FileFacts, FoundColumns, RowSink } from '../../formats/metric-rows.ts';

/** One run, or several that the rows name themselves, in a file or a folder. */
export interface MetricReader {
  /** Name of the run where the place of its files says it. */
  readonly name: string | null;
  /** What wrote it; `microbatch` only for the forms of the verb `metrics`, whose steps count the updates taken. */
  readonly tool: ImportTool;
  /** The files that are read, in a fixed order. */
  readonly files: readonly string[];
  /** Null where the first row has all columns, or every row states its step. */
  columns(): Promise<FoundColumns | null>;
  read(sink: RowSink): Promise<FileFacts>;
}
