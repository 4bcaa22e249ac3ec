import type { ColumnMapping, ImportPreview } from '../../../contracts/imports.ts';
import { statedMeanings } from '../../../contracts/stated-settings.ts';
import type { Cell, FoundColumns, RowSink } from '../../formats/metric-rows.ts';
import { ColumnPlan, requireMapped } from './columns.ts';
import type { MetricReader } from './reader.ts';

const shownRows = 5;
/** Columns that come later than this row are not shown. */
const readRows = 2000;
const longestCell = 40;

/** What a file would become, from its first rows. Throws what importing it would throw there. */
export async function previewOf(
  file: string,
  readers: readonly MetricReader[],
  mapping: ColumnMapping | undefined,
): Promise<ImportPreview> {
  const first = new FirstRows();
  const runs: string[] = [];
  let columns: FoundColumns | null = null;
  for (const reader of readers) {
    columns ??= await reader.columns();
    const title = await first.readFrom(reader);
    runs.push(title ?? reader.name ?? '');
  }
  const names = [...first.names];
  requireMapped(file, names, mapping);
  const plan = new ColumnPlan(names, columns, mapping);
  const targets = names.map((column) => ({ column, ...plan.targetOf(column) }));
  const parts = [...new Set(targets.flatMap(({ part }) => part ?? []))];
  return {
    file,
    tool: readers[0]?.tool ?? 'csv',
    runs: parts.length > 0 ? parts : runs,
    stepColumn: first.statesSteps ? null : plan.stepColumn,
    columns: targets.map(({ column, series, scale, reason, stepColumn: own }) => {
      const steps = own === null || own === plan.stepColumn || series === null ? [] : [`its steps are those of ${own}`];
      return { column, series, scale, reason: [reason, ...steps].filter((word) => word !== '').join('; ') };
    }),
    rows: first.rows,
    notes: [
      ...(first.statesSteps || plan.stepColumn !== null ? [] : ['no column counts steps: name it with --step-column']),
      ...statedMeanings(columns?.settings ?? {}),
    ],
  };
}

class Enough extends Error {}

/** Keeps the first rows of every run of a file. */
class FirstRows implements RowSink {
  readonly names = new Set<string>();
  readonly rows: Record<string, string>[] = [];
  statesSteps = false;
  #seen = 0;

  /** The run's name as the file has it, where all of it was read. */
  async readFrom(reader: MetricReader): Promise<string | null> {
    this.#seen = 0;
    try {
      return (await reader.read(this)).title;
    } catch (error) {
      if (error instanceof Enough) return null;
      throw error;
    }
  }

  row(names: readonly string[], cells: readonly Cell[], step: Cell): void {
    this.statesSteps = step !== null;
    for (const name of names) this.names.add(name);
    if (this.#seen < shownRows) {
      this.rows.push(Object.fromEntries(names.map((name, index) => [name, shown(cells[index])])));
    }
    this.#seen += 1;
    if (this.#seen >= readRows) throw new Enough();
  }

  restart(): void {
    // What the first rows had is shown.
  }

  progress(): void {
    // A preview is there at once.
  }
}

function shown(cell: Cell): string {
  const text = cell === null || cell === undefined ? '' : String(cell);
  return text.length > longestCell ? `${text.slice(0, longestCell)}…` : text;
}
