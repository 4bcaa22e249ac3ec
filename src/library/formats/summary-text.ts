import type { SummarisedSeries } from '../metric-summary.ts';
import { csvCell } from './points-csv.ts';

/** One bucket of a series; null where it has no finite value. */
export interface SummaryRow {
  readonly series: string;
  /** First recorded step. */
  readonly step: number;
  /** Finite values. */
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly last: number | null;
}

export function* summaryRows(summary: Iterable<SummarisedSeries>): Generator<SummaryRow> {
  for (const { name, steps, counts, least, greatest, means, last } of summary) {
    for (const [index, step] of steps.entries()) {
      yield {
        ...{ series: name, step, count: counts[index] ?? 0 },
        ...{ min: finite(least[index]), max: finite(greatest[index]), mean: finite(means[index]) },
        last: finite(last[index]),
      };
    }
  }
}

/** Lines `series,step,count,min,max,mean,last`; what a bucket does not have is left empty. */
export function* summaryCsvLines(summary: Iterable<SummarisedSeries>): Generator<string> {
  yield 'series,step,count,min,max,mean,last';
  for (const { series, step, count, min, max, mean, last } of summaryRows(summary)) {
    const figures = [min, max, mean, last].map((value) => (value === null ? '' : String(value)));
    yield [csvCell(series), String(step), String(count), ...figures].join();
  }
}

/** One JSON document `{"run", "series": {NAME: {"steps", "counts", "min", "max", "mean", "last"}}}`. */
export function summaryJson(run: string, summary: Iterable<SummarisedSeries>): string {
  const columns = (series: SummarisedSeries): unknown => ({
    ...{ steps: [...series.steps], counts: [...series.counts] },
    ...{ min: column(series.least), max: column(series.greatest), mean: column(series.means) },
    last: column(series.last),
  });
  return JSON.stringify({
    run,
    series: Object.fromEntries([...summary].map((series) => [series.name, columns(series)])),
  });
}

const column = (values: Float64Array): (number | null)[] => Array.from(values, finite);

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
