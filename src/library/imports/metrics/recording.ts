import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MicrobatchError } from '../../../contracts/errors.ts';
import type { ColumnMapping } from '../../../contracts/imports.ts';
import { damagedFile, quoted } from '../../formats/damage.ts';
import { mostColumns } from '../../formats/metric-rows.ts';
import type { Cell, FoundColumns, RowSink } from '../../formats/metric-rows.ts';
import { MetricWriter } from '../../metric-writer.ts';
import { ColumnPlan } from './columns.ts';
import type { ColumnTarget } from './columns.ts';

/** More runs than anyone compares at once. */
const mostParts = 200;

/** One run of a file: its folder is prepared, its points are in it. */
export interface RecordedPart {
  /** Null where the file does not name its runs. */
  readonly name: string | null;
  readonly folder: string;
  readonly series: ReadonlySet<string>;
  /** Values that were recorded; where a series repeats a step, its last value stays. */
  readonly rows: number;
}

interface OpenPart {
  readonly name: string | null;
  readonly folder: string;
  readonly writer: MetricWriter;
  readonly series: Set<string>;
  rows: number;
  /** Greatest step so far. */
  lastStep: number;
}

/** More than anyone starts a run again. */
const mostRestarts = 1000;

/** What becomes of a cell, and which cell of its row counts its step. */
interface RowTarget {
  readonly target: ColumnTarget;
  readonly stepIndex: number;
}

interface RecordingOptions {
  /** What an error names. */
  readonly file: string;
  /** Empty folder; the parts become folders in it. */
  readonly staging: string;
  readonly mapping: ColumnMapping | undefined;
  /** Of all rows; null where the first row has all, or every row states its step. */
  readonly columns: FoundColumns | null;
  readonly progress: (fraction: number) => void;
}

/** Writes the rows of a metric file into the metric stores of its runs. */
export class Recording implements RowSink {
  readonly progress: (fraction: number) => void;
  readonly #options: RecordingOptions;
  readonly #parts = new Map<string | null, OpenPart>();
  readonly #targets = new Map<string, ColumnTarget>();
  /** Cells that hold no number, by column. */
  readonly #texts = new Map<string, number>();
  #plan: ColumnPlan | null = null;
  #names: readonly string[] = [];
  #rowTargets: readonly RowTarget[] = [];
  #rowsWithoutStep = 0;
  /** By the step at which a run was started again: the points that did not count any more. */
  readonly #restarts: { readonly step: number; readonly dropped: number }[] = [];

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.progress = options.progress;
  }

  row(names: readonly string[], cells: readonly Cell[], step: Cell, place: number): void {
    if (names !== this.#names) this.#takeUp(names, step);
    let at: number | null = null;
    let countedAt: number | null = null;
    let isMissing = false;
    for (const [index, { target, stepIndex }] of this.#rowTargets.entries()) {
      const cell = cells[index];
      if (target.series === null || cell === null || cell === undefined || cell === '') continue;
      if (stepIndex !== countedAt) {
        const stated = step ?? cells[stepIndex];
        at = stated === undefined || stated === null || stated === '' ? null : this.#stepOf(stated, place);
        countedAt = stepIndex;
      }
      if (at === null) {
        isMissing = true;
        continue;
      }
      const value = numberOf(cell);
      const column = names[index] ?? '';
      if (value === null) this.#requireDecimalPoint(cell, column, place);
      if (value === null) this.#texts.set(column, (this.#texts.get(column) ?? 0) + 1);
      else this.#append(target, target.series, at, value);
    }
    if (isMissing) this.#rowsWithoutStep += 1;
  }

  restart(step: number): void {
    for (const part of this.#parts.values()) {
      if (part.lastStep < step) continue;
      if (this.#restarts.length >= mostRestarts) {
        const problem = `it was started again more than ${String(mostRestarts)} times`;
        throw damagedFile(this.#options.file, problem, 'a file of recorded series');
      }
      const dropped = part.writer.cutAfter(step - 1);
      part.lastStep = step - 1;
      part.rows -= dropped;
      this.#restarts.push({ step, dropped });
    }
  }

  /** Columns in the order in which they came, and what became of them. */
  get targets(): ReadonlyMap<string, ColumnTarget> {
    return this.#targets;
  }

  get stepColumn(): string | null {
    return this.#plan?.stepColumn ?? null;
  }

  /** Prepares nothing more: the parts are whole on disk. */
  close(): RecordedPart[] {
    for (const { writer } of this.#parts.values()) writer.close();
    return [...this.#parts.values()];
  }

  /** What was left out of the rows, in words. */
  notes(): string[] {
    const notes = [...this.#texts].slice(0, 20).map(([column, count]) => {
      const cells = count === 1 ? '1 cell holds' : `${String(count)} cells hold`;
      return `${quoted(column)}: ${cells} no number and ${count === 1 ? 'was' : 'were'} left out`;
    });
    for (const { step, dropped } of this.#restarts.slice(0, 20)) {
      notes.push(`started again at step ${String(step)}: ${String(dropped)} earlier points from there on do not count`);
    }
    const usual = this.stepColumn;
    const own = [...this.#targets].filter(([, { series, stepColumn }]) => series !== null && stepColumn !== usual);
    for (const [column, { stepColumn }] of own.slice(0, 20)) {
      notes.push(`the steps of ${quoted(column)} are those of ${quoted(stepColumn ?? '')}`);
    }
    if (this.#rowsWithoutStep > 0) notes.push(`rows without a step left out: ${String(this.#rowsWithoutStep)}`);
    return notes;
  }

  #takeUp(names: readonly string[], step: Cell): void {
    const { columns, mapping, file } = this.#options;
    this.#plan ??= new ColumnPlan(columns?.names ?? names, columns, mapping);
    const plan = this.#plan;
    if (step === null && (plan.stepColumn === null || !(columns?.names ?? names).includes(plan.stepColumn))) {
      throw noStepColumn(file, plan.stepColumn, columns?.names ?? names);
    }
    for (const name of names) {
      if (!this.#targets.has(name)) this.#targets.set(name, plan.targetOf(name));
    }
    if (this.#targets.size > mostColumns) {
      throw damagedFile(file, `it has more than ${String(mostColumns)} columns`, 'a file of recorded series');
    }
    this.#names = names;
    this.#rowTargets = names.map((name) => {
      const target = this.#targets.get(name) ?? plan.targetOf(name);
      return { target, stepIndex: target.stepColumn === null ? -1 : names.indexOf(target.stepColumn) };
    });
  }

  #stepOf(cell: Cell, place: number): number {
    const step = cell === undefined || cell === null ? null : numberOf(cell);
    if (step !== null && Number.isSafeInteger(step) && step >= 0) return step;
    throw new MicrobatchError({
      code: 'import/bad-step',
      message: `row ${String(place)} of ${this.#options.file} has the step ${quoted(String(cell))}`,
      expected: 'whole steps from 0',
      remedy: 'name the column that counts steps with --step-column',
    });
  }

  /** Half of a curve that is left out, or all of it, would be a silent loss. */
  #requireDecimalPoint(cell: Cell, column: string, place: number): void {
    if (typeof cell !== 'string' || !decimalComma.test(cell)) return;
    throw new MicrobatchError({
      code: 'import/decimal-comma',
      message: `row ${String(place)} of ${this.#options.file} has ${quoted(cell)} in the column ${quoted(column)}`,
      expected: 'numbers with a decimal point and no separators of thousands',
      remedy: 'export the file again with the settings of an English locale',
    });
  }

  #append(target: ColumnTarget, series: string, step: number, value: number): void {
    const part = this.#parts.get(target.part) ?? this.#open(target.part);
    part.series.add(series);
    part.rows += 1;
    part.lastStep = Math.max(part.lastStep, step);
    // 40 percent are 0.4 to the last digit; times 0.01 they would not be.
    part.writer.append(series, step, target.scale === 0.01 ? value / 100 : value * target.scale);
  }

  #open(name: string | null): OpenPart {
    const { file, staging } = this.#options;
    if (this.#parts.size >= mostParts) {
      throw damagedFile(file, `it names more than ${String(mostParts)} runs`, 'a file of fewer runs');
    }
    const folder = join(staging, String(this.#parts.size));
    mkdirSync(folder, { recursive: true });
    const writer = new MetricWriter(join(folder, 'metrics.sqlite'));
    const part = { name, folder, writer, series: new Set<string>(), rows: 0, lastStep: -1 };
    this.#parts.set(name, part);
    return part;
  }
}

/** `0,5`, `1.234,5` and `1,234.5`: numbers as other languages, or people, write them. */
const decimalComma = /^[+-]?\d[\d.,]*,\d[\d.,]*(e[+-]?\d+)?$/i;

/** Python and JavaScript write these words for what has no digits. */
const words: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Infinity],
  ['infinity', Infinity],
  ['-inf', -Infinity],
  ['-infinity', -Infinity],
]);

/** Null for what is no number. */
function numberOf(cell: NonNullable<Cell>): number | null {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return null;
  if (/^[+-]?(\d|[.]\d)/.test(cell) && !/^[+-]?0[xob]/i.test(cell)) {
    const value = Number(cell);
    return Number.isNaN(value) ? null : value;
  }
  return words.get(cell.toLowerCase()) ?? null;
}

function noStepColumn(file: string, wanted: string | null, names: readonly string[]): MicrobatchError {
  return new MicrobatchError({
    code: 'import/no-step-column',
    message: `${file} has no column ${wanted === null ? 'that counts steps' : quoted(wanted)}`,
    expected: `one of its columns: ${names.slice(0, 20).map(quoted).join(', ')}${names.length > 20 ? ', …' : ''}`,
    remedy: 'name it with --step-column',
  });
}
