import type { SeriesDescription } from '../../../contracts/series-description.ts';
import { formatCount, formatNumber } from '../../format/numbers.ts';

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A power of ten: 10⁻⁵, and 3·10⁻⁵. */
function power(value: number): string {
  const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  const digits = String(Math.abs(exponent)).replaceAll(/\d/g, (digit) => superscripts[Number(digit)] ?? '');
  const ten = `10${exponent < 0 ? '⁻' : ''}${digits}`;
  const factor = Number((value / 10 ** exponent).toPrecision(2));
  return factor === 1 ? ten : `${formatNumber(factor, Number.isInteger(factor) ? 0 : 1)}·${ten}`;
}

const isShare = (series: SeriesDescription): boolean => series.unit === '%';

/** Label of a y tick. Ticks that stand at equal distances, also on a short logarithmic axis, come with their decimals. */
export function formatTick(series: SeriesDescription, logarithmic: boolean, value: number, decimals: number): string {
  const shown = isShare(series) ? value * 100 : value;
  const size = Math.abs(shown);
  if (shown !== 0 && (size < 0.000_99 || size >= 1e6)) return power(shown);
  if (logarithmic && decimals === 0) return size >= 1 ? formatCount(shown) : formatNumber(shown, decimalsOf(shown));
  return formatNumber(shown, Math.max(0, isShare(series) ? decimals - 2 : decimals));
}

/** Decimals of the shortest form of a tick such as 0.03. */
const decimalsOf = (value: number): number => String(Number(value.toPrecision(2))).split('.')[1]?.length ?? 0;

/** A value in a table with the decimals of its column; shares in percent. */
export function formatValue(series: SeriesDescription, value: number, decimals: number): string {
  return isShare(series) ? formatNumber(value * 100, 2) : formatNumber(value, decimals);
}

/** What stands beside the name of a chart: 'nats, log'. */
export function unitWords(series: SeriesDescription, logarithmic: boolean): string {
  return [series.unit, ...(logarithmic ? ['log'] : [])].filter(Boolean).join(', ');
}

/** Unit of a difference of the series. */
export const differenceUnit = (series: SeriesDescription): string => (isShare(series) ? 'points' : series.unit);
