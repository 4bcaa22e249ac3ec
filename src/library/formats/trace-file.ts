import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { MicrobatchError } from '../../contracts/errors.ts';
import { namedRecord } from '../../contracts/named-record.ts';

/** A recorded curve: values by step, counted from 0. */
export interface TraceRecords {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

type Row = Readonly<Record<string, unknown>>;

/** Columns that count steps, the first that a file has wins. */
const stepColumns = ['step', 'custom_step', '_step', 'Step'];

/**
 * One column of a CSV file with a header, or of JSON Lines (*.jsonl, *.ndjson), by step. Two forms:
 *
 *   wide  a column of steps (`step`, `custom_step`, `_step`, `Step`), counted from 0, and one a series. The named one
 *         may have a prefix that ends in ` - `, as exports of several runs write it. Empty cells are no records;
 *   long  `series,step,value`, as this application exports metrics. Steps count the updates taken, so the value of
 *         step k belongs to t = k - 1.
 *
 * Throws `trace/unreadable-file`, `trace/unknown-column`, `trace/not-valid`.
 */
export function readTraceFile(file: string, column: string): TraceRecords {
  const rows = rowsOf(file);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const step = stepColumns.find((name) => names.includes(name));
  if (step === undefined) throw unknownColumn(file, `no column of steps (${stepColumns.join(', ')})`, names);

  const long = names.includes('series') && names.includes('value');
  const known = long ? [...new Set(rows.map((row) => String(row['series'])))] : names;
  const name = known.includes(column) ? column : known.find((each) => each.endsWith(` - ${column}`));
  if (name === undefined) throw unknownColumn(file, `no column ${column}`, known);

  const points = rows
    .map((row, index) => ({ row, line: index + 1 }))
    .filter(({ row }) => (long ? row['series'] === name : !isEmpty(row[name])))
    .map(({ row, line }) => ({
      step: numberOf(row[step], file, line) - (long ? 1 : 0),
      value: numberOf(row[long ? 'value' : name], file, line),
    }))
    .toSorted((left, right) => left.step - right.step);
  return { steps: points.map((point) => point.step), values: points.map((point) => point.value) };
}

function rowsOf(file: string): Row[] {
  try {
    const text = readFileSync(file, 'utf8');
    const rows: unknown = /[.](jsonl|ndjson)$/i.test(file)
      ? text.split('\n').flatMap((line): unknown[] => (line.trim() === '' ? [] : [JSON.parse(line)]))
      : parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true });
    return z.array(namedRecord(z.unknown())).parse(rows);
  } catch (cause) {
    throw new MicrobatchError(
      {
        code: 'trace/unreadable-file',
        message: `${file} cannot be read as a trace: ${cause instanceof Error ? cause.message : String(cause)}`,
        expected: 'a CSV file with a header, or JSON Lines with an object a line',
      },
      { cause },
    );
  }
}

function isEmpty(cell: unknown): boolean {
  return cell === undefined || cell === null || cell === '';
}

function numberOf(cell: unknown, file: string, line: number): number {
  const value = isEmpty(cell) ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  throw new MicrobatchError({
    code: 'trace/not-valid',
    message: `record ${String(line)} of ${file} holds ${JSON.stringify(cell)} where a number belongs`,
    expected: 'a finite number',
  });
}

function unknownColumn(file: string, problem: string, columns: readonly string[]): MicrobatchError {
  return new MicrobatchError({
    code: 'trace/unknown-column',
    message: `${file} has ${problem}`,
    expected: `one of ${columns.join(', ')}`,
  });
}
