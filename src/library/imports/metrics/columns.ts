import { MicrobatchError } from '../../../contracts/errors.ts';
import type { ColumnMapping } from '../../../contracts/imports.ts';
import { quoted } from '../../formats/damage.ts';
import type { FoundColumns } from '../../formats/metric-rows.ts';
import { guessStepColumn, isClock, stepColumns } from '../../formats/step-columns.ts';

/** What becomes of a column. */
export interface ColumnTarget {
  /** Run of the file that it belongs to; null where the file does not name any. */
  readonly part: string | null;
  /** Null: it is left out. */
  readonly series: string | null;
  /** Recorded values are this times those of the file. */
  readonly scale: number;
  /** Why it is left out or renamed; empty where it keeps its name. */
  readonly reason: string;
  /** Column that counts its steps; null where each row states its step. */
  readonly stepColumn: string | null;
}

/**
 * The study's code logs under its own names, accuracies in percent (docs/guide/series.md). Its `test/avg_test_loss` keeps
 * its name: it divides a sum of batch means by the number of images, so it is no mean loss.
 */
const studyNames: ReadonlyMap<string, readonly [series: string, scale: number]> = new Map([
  ['test/test_accuracy', ['validation/accuracy', 0.01]],
  ['train/reg_term', ['train/penalty', 1]],
  ['train/reg_term_lambda', ['train/penalty_lambda', 1]],
]);

const longestName = 500;

/** Decides by the names of a file's columns which becomes which series of which run. */
export class ColumnPlan {
  /** Counts the steps of all columns that have no own one; null where the file has none. */
  readonly stepColumn: string | null;
  readonly #ownSteps: ReadonlyMap<string, string>;
  readonly #mapped: ReadonlyMap<string, { readonly series: string | null; readonly scale: number }>;
  /** wandb names columns `RUN - SERIES` where it exports several runs. */
  readonly #isGrouped: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #isOfStudy: boolean;

  constructor(names: readonly string[], found: FoundColumns | null, mapping: ColumnMapping | undefined) {
    this.#names = new Set(names);
    this.stepColumn = mapping?.stepColumn ?? found?.stepColumn ?? guessStepColumn(names) ?? axisOfChart(names);
    this.#ownSteps = mapping?.stepColumn === undefined && found !== null ? found.ownSteps : new Map();
    this.#mapped = new Map((mapping?.columns ?? []).map(({ column, series, scale }) => [column, { series, scale }]));
    const others = names.filter((name) => name !== this.stepColumn && name !== '');
    this.#isGrouped = others.length > 0 && others.every((name) => name.includes(separator));
    this.#isOfStudy = names.some((name) => name === 'custom_step' || name.endsWith('test/test_accuracy'));
  }

  targetOf(column: string): ColumnTarget {
    return { ...this.#become(column), stepColumn: this.#ownSteps.get(column) ?? this.stepColumn };
  }

  #become(column: string): Omit<ColumnTarget, 'stepColumn'> {
    const { part, name } = this.#isGrouped ? splitName(column) : { part: null, name: column };
    const mapped = this.#mapped.get(column) ?? this.#mapped.get(name);
    if (mapped !== undefined)
      return { part, ...mapped, reason: mapped.series === null ? 'left out as asked' : 'as asked' };
    const out = this.#reasonToLeaveOut(column, name);
    if (out !== null) return { part, series: null, scale: 1, reason: out };
    const known = studyNames.get(name);
    if (known !== undefined) return { part, series: known[0], scale: known[1], reason: "a name of the study's code" };
    if (name === 'train/accuracy' && this.#isOfStudy) {
      return { part, series: name, scale: 0.01, reason: "in percent in the study's code" };
    }
    return { part, series: name, scale: 1, reason: '' };
  }

  #reasonToLeaveOut(column: string, name: string): string | null {
    if (column === this.stepColumn || [...this.#ownSteps.values()].includes(column)) return 'counts the steps';
    if (name === '') return 'has no name';
    if (name.length > longestName) return 'its name is too long';
    if (/^_(step|runtime|timestamp|wandb)$/.test(name)) return 'bookkeeping of the tool';
    if (isClock(name)) return 'a time';
    if (/__(MIN|MAX)$/.test(name) && this.#names.has(column.slice(0, -5))) return 'the range of points drawn as one';
    if (stepColumns.includes(name.toLowerCase())) return 'counts something else';
    return null;
  }
}

/** Throws `import/unknown-column` where a mapping names a column that a file does not have. */
export function requireMapped(file: string, names: Iterable<string>, mapping: ColumnMapping | undefined): void {
  const all = [...names];
  const unknown = mapping?.columns.find(
    ({ column }) => !all.some((name) => name === column || name.endsWith(separator + column)),
  );
  if (unknown === undefined) return;
  throw new MicrobatchError({
    code: 'import/unknown-column',
    message: `${file} has no column ${quoted(unknown.column)}`,
    expected: `one of its columns: ${all.slice(0, 20).map(quoted).join(', ')}${all.length > 20 ? ', …' : ''}`,
    remedy: 'see them with --preview',
  });
}

const separator = ' - ';

/** In a chart of wandb every column but that of the axis is `RUN - SERIES`, and the axis may have any name. */
function axisOfChart([axis = '', ...others]: readonly string[]): string | null {
  const isChart = others.length > 0 && others.every((name) => name.includes(separator)) && !axis.includes(separator);
  return isChart && axis !== '' && !isClock(axis) ? axis : null;
}

/** At the last separator: names of runs hold it more often than names of series. */
function splitName(column: string): { part: string | null; name: string } {
  const at = column.lastIndexOf(separator);
  return at < 0
    ? { part: null, name: column }
    : { part: column.slice(0, at), name: column.slice(at + separator.length) };
}
