import type { SeriesDescription } from '../../../contracts/series-description.ts';
import { formatNumber } from '../../format/numbers.ts';
import { formatValue } from './series-format.ts';
import { decimalsFor } from './values-at.ts';
import type { ValueRow } from './values-at.ts';

/** A series of the values table with its columns. */
export interface ValueBlock {
  readonly series: SeriesDescription;
  readonly columns: readonly ValueColumn[];
}

export interface ValueColumn {
  readonly kind: 'mean' | 'std' | 'ratio' | 'difference' | 'interval' | 'forest';
  readonly head: string;
  /** Index of the series. */
  readonly series: number;
  readonly decimals: number;
}

const thinSpace = '\u2009';
const isShare = (series: SeriesDescription): boolean => series.unit === '%';

/**
 * The first series in full: mean, spread, difference to the baseline, its interval, its picture. The others with mean and
 * spread; what has no natural unit, such as a norm, as a ratio to the baseline instead.
 */
export function valueBlocks(
  series: readonly { readonly series: SeriesDescription; readonly logarithmic: boolean }[],
  rows: readonly ValueRow[],
  withForest: boolean,
): ValueBlock[] {
  return series.map(({ series: description, logarithmic }, index): ValueBlock => {
    const means = rows.flatMap((row) => row.cells[index]?.summary.mean ?? []);
    const decimals = isShare(description) ? 2 : decimalsFor(means);
    const column = (kind: ValueColumn['kind'], head: string): ValueColumn => ({ kind, head, series: index, decimals });
    // The room ends here: of the fourth on, the mean alone.
    if (index > 2) return { series: description, columns: [column('mean', 'mean')] };
    if (index > 0) {
      const second = logarithmic && !/^(nats|%)/.test(description.unit) ? 'ratio' : 'std';
      return { series: description, columns: [column('mean', 'mean'), column(second, second)] };
    }
    const full = [
      column('mean', 'mean'),
      column('std', 'std'),
      column('difference', 'difference'),
      column('interval', `95${thinSpace}% interval`),
    ];
    return { series: description, columns: withForest ? [...full, column('forest', '')] : full };
  });
}

/** What stands in a cell; `quiet` is written in the tertiary colour. */
export function valueCell(
  row: ValueRow,
  column: ValueColumn,
  series: SeriesDescription,
): { readonly text: string; readonly quiet: boolean } {
  const cell = row.cells[column.series] ?? null;
  const loud = (text: string) => ({ text, quiet: false });
  const quiet = (text: string) => ({ text, quiet: true });
  if (cell === null) return quiet(column.kind === 'mean' ? 'none' : '');
  switch (column.kind) {
    case 'mean':
      return loud(formatValue(series, cell.summary.mean, column.decimals));
    case 'std':
      return quiet(cell.summary.std === null ? '' : `± ${formatValue(series, cell.summary.std, column.decimals)}`);
    case 'ratio':
      return quiet(cell.ratio === null ? '' : `× ${formatNumber(cell.ratio, 2)}`);
    case 'difference':
      if (row.isBaseline) return quiet('reference');
      return row.difference === null
        ? quiet('no shared seed')
        : loud(signed(series, row.difference.mean, column.decimals));
    case 'interval': {
      const difference = row.difference;
      if (difference === null) return quiet('');
      if (difference.ci95 === null) return quiet(`none, n = ${String(difference.n)}`);
      const [low, high] = difference.ci95;
      return quiet(`${formatValue(series, low, column.decimals)} to ${signed(series, high, column.decimals)}`);
    }
    case 'forest':
      return quiet('');
  }
}

/** With a plus where it is more. */
function signed(series: SeriesDescription, value: number, decimals: number): string {
  const text = formatValue(series, value, decimals);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}
