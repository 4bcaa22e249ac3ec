import { InvalidArgumentError, Option } from 'commander';
import { longestRange, wholeRange } from '../contracts/whole-range.ts';

/** Parsers of option values. What they refuse is wrong usage: exit code 2. */

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${String(least)} to ${String(most)}.`);
  };
}

/** Whole numbers and ranges of them (`1-5`) separated by commas, each once. */
export function wholeNumbers(least: number, most: number): (text: string) => number[] {
  const parse = wholeNumber(least, most);
  return (text) => [...new Set(text.split(',').flatMap((part) => range(part.trim(), parse)))];
}

/** A number, or all from the first to the last of `1-5`. */
function range(text: string, parse: (text: string) => number): number[] {
  const { first, last } = /^(?<first>\d+)(?:-|\.\.)(?<last>\d+)$/.exec(text)?.groups ?? {};
  if (first === undefined || last === undefined) return [parse(text)];
  const whole = wholeRange(parse(first), parse(last));
  if (whole !== null) return whole;
  throw new InvalidArgumentError(`Expected at most ${String(longestRange)} numbers, the smaller end first.`);
}

/** Names separated by commas. */
export function names(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => part !== '')) return parts;
  throw new InvalidArgumentError('Expected names separated by commas.');
}

/** Gathers the values of an option that may be repeated. */
export function gather(text: string, before: string[] = []): string[] {
  return [...before, text];
}

export const libraryOption = (): Option =>
  new Option('--library <dir>', "folder of the library (default: MICROBATCH_LIBRARY, else in the user's data folder)");

export const jsonOption = (): Option =>
  new Option('--json', 'print one JSON document on stdout and nothing else there');

export const tensorboardOption = (): Option =>
  new Option('--tensorboard <dir>', 'also write TensorBoard event files there while it trains, a folder for each run');

/** A column of a file under the name that it gets. */
export interface MappedColumn {
  readonly column: string;
  readonly series: string | null;
  readonly scale: number;
}

/** `SERIES=COLUMN`, `SERIES*=COLUMN` for percentages that become fractions, `=COLUMN` to leave a column out. */
export function gatherColumns(text: string, before: MappedColumn[] = []): MappedColumn[] {
  const [, series, percent, column] = /^([^=*]*)([*]?)=(.+)$/s.exec(text) ?? [];
  if (column === undefined || series === undefined) {
    throw new InvalidArgumentError(
      'Expected SERIES=COLUMN, SERIES*=COLUMN for percentages, or =COLUMN to leave it out.',
    );
  }
  return [...before, { column, series: series === '' ? null : series, scale: percent === '*' ? 0.01 : 1 }];
}
