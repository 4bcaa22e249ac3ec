import { mostColumns } from '../metric-rows.ts';
import type { FoundColumns } from '../metric-rows.ts';
import { stepColumns } from '../step-columns.ts';
import type { DeclaredSteps, WandbItem } from './wandb-record.ts';

/** In every row, from 0. */
const callsOfLog = '_step';
/** More axes than any run declares. */
const mostDeclared = 50;

/** A column that may count steps: it does where it is a whole number whenever it is there, and does not go back. */
interface Candidate {
  last: number;
  isWhole: boolean;
  goesBack: boolean;
}

/**
 * Which column counts the steps of which. Every metric of a run may have an axis of its own, and rows need not have all of
 * them: a declared column counts the steps of a metric where every row that has the one has the other. Where nothing is
 * declared, a column of a usual name does if all rows have it, or else `_step`, which counts the calls of `log`.
 */
export class HistorySteps {
  readonly #declared: DeclaredSteps[] = [];
  readonly #candidates = new Map<string, Candidate>(stepColumns.map((name) => [name, newCandidate()]));
  /** By metric: the rows that have it, and how many of them have which candidate. */
  readonly #metrics = new Map<string, { rows: number; readonly beside: Map<string, number> }>();

  declare(steps: DeclaredSteps): void {
    if (this.#declared.length >= mostDeclared) return;
    this.#declared.push(steps);
    if (!this.#candidates.has(steps.stepColumn)) this.#candidates.set(steps.stepColumn, newCandidate());
  }

  row(items: readonly WandbItem[]): void {
    const present: string[] = [];
    for (const { key, value } of items) {
      const candidate = this.#candidates.get(key);
      if (candidate === undefined) continue;
      present.push(key);
      const isWhole = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
      candidate.isWhole &&= isWhole;
      if (!isWhole) continue;
      candidate.goesBack ||= value < candidate.last;
      candidate.last = value;
    }
    for (const { key } of items) {
      let metric = this.#metrics.get(key);
      if (metric === undefined) {
        // More columns are refused when they are recorded.
        if (this.#metrics.size > mostColumns) return;
        this.#metrics.set(key, (metric = { rows: 0, beside: new Map() }));
      }
      metric.rows += 1;
      for (const name of present) metric.beside.set(name, (metric.beside.get(name) ?? 0) + 1);
    }
  }

  /** The axis that most metrics have is that of the file; the others are told by metric. */
  found(): Omit<FoundColumns, 'settings'> {
    const names = [...this.#metrics.keys()];
    const metrics = names.filter((name) => !name.startsWith('_') && !this.#candidates.has(name));
    const undeclared = stepColumns.find(
      (one) => this.#candidates.get(one)?.goesBack === false && metrics.every((name) => this.#counts(one, name)),
    );
    const axes = new Map(metrics.map((name) => [name, this.#declaredFor(name) ?? undeclared ?? callsOfLog]));
    const uses = new Map<string, number>();
    for (const axis of axes.values()) uses.set(axis, (uses.get(axis) ?? 0) + 1);
    const [usual] = [...uses].toSorted(([, left], [, right]) => right - left);
    const stepColumn = usual?.[0] ?? null;
    return { names, stepColumn, ownSteps: new Map([...axes].filter(([, axis]) => axis !== stepColumn)) };
  }

  #declaredFor(name: string): string | null {
    const exact = this.#declared.find((one) => one.name === name);
    const matching = this.#declared.find((one) => one.name === '' && name.startsWith(one.pattern));
    const declared = (exact ?? matching)?.stepColumn;
    return declared !== undefined && this.#counts(declared, name) ? declared : null;
  }

  #counts(candidate: string, name: string): boolean {
    const metric = this.#metrics.get(name);
    return this.#candidates.get(candidate)?.isWhole === true && metric?.beside.get(candidate) === metric?.rows;
  }
}

const newCandidate = (): Candidate => ({ last: 0, isWhole: true, goesBack: false });
