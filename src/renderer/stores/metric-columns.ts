import type { MetricBatch } from '../../contracts/run-record.ts';
import type { Curve } from '../../statistics/curves.ts';

/** A growing series of one run: steps ascending, capacity doubled when it is full. */
class Column {
  #steps = new Float64Array(256);
  #values = new Float64Array(256);
  #length = 0;
  #view: Curve | null = null;
  /** Whether more points are recorded than were read. */
  thinned = false;

  /** A batch that starts before the last step replaces what follows its start: a read that overlaps an event, a resumed run. */
  append(steps: readonly number[], values: readonly (number | null)[]): void {
    this.#dropFrom(steps[0] ?? Number.POSITIVE_INFINITY);
    for (const [index, step] of steps.entries()) {
      if (this.#length === this.#steps.length) this.#grow();
      this.#steps[this.#length] = step;
      this.#values[this.#length] = values[index] ?? Number.NaN;
      this.#length += 1;
    }
    this.#view = null;
  }

  /** The same object until points arrive, so that it can stand for its content in a memo. */
  get curve(): Curve {
    return (this.#view ??= {
      x: this.#steps.subarray(0, this.#length),
      y: this.#values.subarray(0, this.#length),
    });
  }

  #dropFrom(step: number): void {
    while (this.#length > 0 && (this.#steps[this.#length - 1] ?? 0) >= step) this.#length -= 1;
  }

  #grow(): void {
    const steps = new Float64Array(this.#steps.length * 2);
    const values = new Float64Array(this.#values.length * 2);
    steps.set(this.#steps);
    values.set(this.#values);
    this.#steps = steps;
    this.#values = values;
  }
}

/** Every series of every run that was read, by run and name. Not reactive: readers watch a version of their own. */
export class MetricColumns {
  readonly #runs = new Map<string, Map<string, Column>>();

  append(batch: MetricBatch): void {
    const columns = this.#columns(batch.run);
    for (const [name, points] of Object.entries(batch.series)) {
      let column = columns.get(name);
      if (column === undefined) {
        column = new Column();
        columns.set(name, column);
      }
      column.append(points.steps, points.values);
      column.thinned ||= points.thinned === true;
    }
  }

  curve(run: string, series: string): Curve | undefined {
    return this.#runs.get(run)?.get(series)?.curve;
  }

  /** Whether a curve is a selection of what is recorded. */
  isThinned(run: string, series: string): boolean {
    return this.#runs.get(run)?.get(series)?.thinned === true;
  }

  forget(run: string): void {
    this.#runs.delete(run);
  }

  #columns(run: string): Map<string, Column> {
    let columns = this.#runs.get(run);
    if (columns === undefined) {
      columns = new Map();
      this.#runs.set(run, columns);
    }
    return columns;
  }
}
