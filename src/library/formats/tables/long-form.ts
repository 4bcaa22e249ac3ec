import type { Cell, RowSink } from '../metric-rows.ts';

/** Columns of the form in which the verb `metrics` prints points; also a common form of others. */
export const longColumns = ['series', 'step', 'value'] as const;

/** Hands on rows of a series, a step and a value. A value that is missing was recorded, but not finite: a gap. */
export class LongRows {
  readonly #sink: RowSink;
  /** Rows of one series share its array of names. */
  readonly #names = new Map<string, readonly string[]>();

  constructor(sink: RowSink) {
    this.#sink = sink;
  }

  row(series: string, step: Cell, value: Cell, place: number): void {
    let names = this.#names.get(series);
    if (names === undefined) this.#names.set(series, (names = [series]));
    const recorded = value === null || value === undefined || value === '' ? Number.NaN : value;
    this.#sink.row(names, [recorded], step ?? '', place);
  }
}
