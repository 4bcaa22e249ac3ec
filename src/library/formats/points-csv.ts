import type { RecordedPoint } from '../metric-reader.ts';

/** Lines `series,step,value`. A value that was not finite is left empty; imported series may have names that need quotes. */
export function* csvLines(points: Iterable<RecordedPoint>): Generator<string> {
  yield 'series,step,value';
  for (const { series, step, value } of points) {
    yield `${csvCell(series)},${String(step)},${value === null ? '' : String(value)}`;
  }
}

export const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
