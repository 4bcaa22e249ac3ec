import { parse } from 'csv-parse/sync';
import { basename } from 'node:path';
import { z } from 'zod';
import { damagedFile, quoted } from '../damage.ts';
import { mostColumns, noFacts } from '../metric-rows.ts';
import type { FileFacts, RowSink } from '../metric-rows.ts';
import { textLines } from '../text-lines.ts';
import { longColumns, LongRows } from './long-form.ts';

const expected = 'a CSV file with a header and as many cells in every line';
const record = z.array(z.string());

/**
 * A table of text with a header, separated by commas, semicolons or tabs: wide, a column a series, or long,
 * `series,step,value`. Throws `import/damaged-file` naming the line.
 */
export async function readCsv(file: string, head: Uint8Array, size: number, sink: RowSink): Promise<FileFacts> {
  const delimiter = delimiterOf(head);
  let header: readonly string[] | null = null;
  let use: (cells: readonly string[], line: number) => void = () => undefined;
  /** Lines of a record with line breaks in quotation marks, until the mark that closes them. */
  let begun: string[] = [];
  let begunLength = 0;
  for await (const { lines, share } of textLines(file, size)) {
    for (const { text, number } of lines) {
      // Each line is looked at once: a mark that is never closed must not make every line cost all before it.
      const isOpen = changesQuotes(text) !== begun.length > 0;
      if (isOpen) {
        begun.push(text);
        begunLength += text.length + 1;
        if (begunLength > longestRecord) throw damagedFile(file, neverClosed, expected);
        continue;
      }
      const whole = begun.length === 0 ? text : [...begun, text].join('\n');
      [begun, begunLength] = [[], 0];
      const cells = cellsOf(whole, delimiter, file, number);
      if (header === null) {
        header = requireHeader(file, cells);
        use = rowReader(header, file, sink);
      } else if (cells.length === header.length) use(cells, number);
      else {
        const counts = `${String(cells.length)} cells and the header ${String(header.length)}`;
        throw damagedFile(file, `line ${String(number)} has ${counts}`, expected);
      }
    }
    sink.progress(share);
  }
  if (begun.length > 0) throw damagedFile(file, neverClosed, expected);
  return noFacts;
}

const neverClosed = 'a quotation mark is never closed: the file is cut off or damaged';
const longestRecord = 1_048_576;

/** Whether what is open before a line is closed after it, or the other way round: an odd number of marks. */
function changesQuotes(text: string): boolean {
  let changes = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) changes = !changes;
  return changes;
}

/** Most lines have no quotation marks, and long files of them are split in a tenth of the time of parsing them. */
function cellsOf(text: string, delimiter: string, file: string, line: number): readonly string[] {
  if (!text.includes('"')) return text.split(delimiter).map((cell) => cell.trim());
  try {
    const [cells = []] = record.array().parse(parse(text, { delimiter, trim: true, relax_column_count: true }));
    return cells;
  } catch (cause) {
    throw damagedFile(file, `line ${String(line)} has quotation marks where none belong`, expected, cause);
  }
}

/** Whether it begins as what the verb `metrics` prints. */
export function beginsAsOwnCsv(head: Uint8Array): boolean {
  return headerLine(head).trim() === longColumns.join();
}

function rowReader(
  header: readonly string[],
  file: string,
  sink: RowSink,
): (cells: readonly string[], line: number) => void {
  const [series, step, value] = longColumns.map((name) => header.indexOf(name));
  if (series !== undefined && step !== undefined && value !== undefined && Math.min(series, step, value) >= 0) {
    const long = new LongRows(sink);
    return (cells, line) => long.row(cells[series] ?? '', cells[step], cells[value], line);
  }
  const names = namedByFile(header, basename(file));
  return (cells, line) => sink.row(names, cells, null, line);
}

/** TensorBoard saves one curve as `Wall time,Step,Value` and its name in the name of the file. */
function namedByFile(header: readonly string[], file: string): readonly string[] {
  if (header.join() !== 'Wall time,Step,Value') return header;
  const tag = /-tag-(.+?)(?: \(\d+\))?[.]csv$/i.exec(file)?.[1] ?? file.replace(/[.][^.]*$/, '');
  // The slashes of a tag are underscores there; the first ends the group that most tags begin with.
  return ['Wall time', 'Step', tag.includes('/') ? tag : tag.replace('_', '/')];
}

function requireHeader(file: string, header: readonly string[]): readonly string[] {
  if (header.length > mostColumns) {
    throw damagedFile(file, `its header has ${String(header.length)} columns`, `at most ${String(mostColumns)}`);
  }
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (twice !== undefined) throw damagedFile(file, `its header has the column ${quoted(twice)} twice`, expected);
  return header;
}

/** The one of comma, semicolon and tab that the header has most of. */
function delimiterOf(head: Uint8Array): string {
  const unquoted = headerLine(head).replaceAll(/"[^"]*"/g, '');
  const counted = [',', ';', '\t'].map((delimiter) => ({ delimiter, count: unquoted.split(delimiter).length }));
  return counted.toSorted((left, right) => right.count - left.count)[0]?.delimiter ?? ',';
}

const headerLine = (head: Uint8Array): string => new TextDecoder().decode(head).split(/\r?\n|\r/, 1)[0] ?? '';
