/** Thousands with a comma; the minus of a number is a true minus. */
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const thinSpace = '\u2009';

const withTrueMinus = (text: string): string => text.replaceAll('-', '−');

/** Whole number with thousands: 5,120. */
export function formatCount(count: number): string {
  return Number.isFinite(count) ? withTrueMinus(grouped.format(count)) : 'none';
}

/** Number with a fixed count of decimals, so that decimals stand under each other: −0.40. */
export function formatNumber(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return 'none';
  const text = value.toFixed(decimals);
  // What rounds to zero has no sign.
  return Number(text) === 0 ? (0).toFixed(decimals) : withTrueMinus(text);
}

/** Number with a count of significant digits, for quantities of any size: 0.00132, 28.1, 1,240, 3.1e−7. */
export function formatSignificant(value: number, digits: number): string {
  if (!Number.isFinite(value)) return 'none';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) {
    const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
    return withTrueMinus(`${String(Number(mantissa))}e${String(Number(exponent))}`);
  }
  return withTrueMinus(significant(digits).format(Number(value.toPrecision(digits))));
}

const significantFormats = new Map<number, Intl.NumberFormat>();

/** Kept: to make one takes a hundred times as long as to use it. */
function significant(digits: number): Intl.NumberFormat {
  const known = significantFormats.get(digits) ?? new Intl.NumberFormat('en-US', { maximumSignificantDigits: digits });
  significantFormats.set(digits, known);
  return known;
}

/** A fraction as a percentage without its sign: 0.9137 is 91.37. */
export function formatPercent(fraction: number, decimals: number): string {
  return formatNumber(fraction * 100, decimals);
}

/** A setting as it was written, in the shortest form: 0.01, 5e-7. */
export function formatSetting(value: number): string {
  return withTrueMinus(String(value));
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units: 412 kB, 1.8 GB, 41.2 GB. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'none';
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const decimals = unit === 0 || value >= 100 ? 0 : 1;
  return `${formatNumber(value, decimals)}${thinSpace}${byteUnits[unit] ?? ''}`;
}
