import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { metricsDocument } from '../../../contracts/command-documents.ts';
import { damagedFile } from '../damage.ts';
import { ColumnNames, mostBytesAtOnce, noFacts } from '../metric-rows.ts';
import type { Cell, FileFacts, FoundColumns, RowSink } from '../metric-rows.ts';
import { textLines } from '../text-lines.ts';
import { longColumns, LongRows } from './long-form.ts';

const expected = 'an object a line, a list of objects, or the document of `microbatch metrics --format json`';
const deepest = 6;

type Row = Readonly<Record<string, unknown>>;
const row = z.custom<Row>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const ownDocument = /^\{\s*"run":\s*"[^"]*",\s*"series":\s*\{/;

const textOf = (head: Uint8Array): string => new TextDecoder().decode(head).trimStart();

/** Whether it begins as what the verb `metrics` prints. */
export function beginsAsOwnJson(head: Uint8Array): boolean {
  const text = textOf(head);
  if (ownDocument.test(text)) return true;
  const first = row.safeParse(parseJson(text.split('\n', 1)[0] ?? ''));
  return first.success && Object.keys(first.data).join() === longColumns.join();
}

/** The columns of all rows. Throws `import/damaged-file`. */
export async function findJsonColumns(file: string, head: Uint8Array, size: number): Promise<FoundColumns> {
  const names = new ColumnNames();
  await readJson(file, head, size, names);
  return { names: [...names.names], stepColumn: null, ownSteps: new Map(), settings: {} };
}

/**
 * JSON Lines, a list of objects, or our own document: rows of a series, a step and a value, or a member a series, nested
 * ones joined by dots. NaN and Infinity may stand bare, as Python writes them. Throws `import/damaged-file` naming the
 * line.
 */
export async function readJson(file: string, head: Uint8Array, size: number, sink: RowSink): Promise<FileFacts> {
  // Lines have a limit that a document on one line must not meet.
  if (ownDocument.test(textOf(head)) || textOf(head).startsWith('[')) return readDocument(file, size, sink, undefined);
  const rows = new JsonRows(sink);
  for await (const { lines, share } of textLines(file, size)) {
    for (const { text, number } of lines) {
      const parsed = parseJson(text);
      const found = row.safeParse(parsed);
      // A document as a whole may lie on one line too.
      if (number === 1 && (!found.success || metricsDocument.safeParse(parsed).success)) {
        return readDocument(file, size, sink, parsed);
      }
      if (!found.success) throw damagedFile(file, `line ${String(number)} is not a JSON object`, expected);
      rows.add(found.data, number);
    }
    sink.progress(share);
  }
  return noFacts;
}

async function readDocument(file: string, size: number, sink: RowSink, firstLine: unknown): Promise<FileFacts> {
  if (size > mostBytesAtOnce) {
    throw damagedFile(file, 'it is one JSON document of more than 64 MiB', 'JSON Lines for a file of this size');
  }
  const parsed = firstLine ?? parseJson((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  const own = metricsDocument.safeParse(parsed);
  if (own.success) {
    const long = new LongRows(sink);
    for (const [series, { steps, values }] of Object.entries(own.data.series)) {
      if (steps.length !== values.length) {
        throw damagedFile(file, `series ${series} has more steps than values, or fewer`, expected);
      }
      for (const [index, step] of steps.entries()) long.row(series, step, values[index], index + 1);
    }
    return noFacts;
  }
  const list = z.array(row).safeParse(parsed);
  if (!list.success) throw damagedFile(file, 'line 1 is not a JSON object', expected);
  const rows = new JsonRows(sink);
  for (const [index, each] of list.data.entries()) rows.add(each, index + 1);
  return noFacts;
}

/** Hands on objects as rows. */
class JsonRows {
  readonly #sink: RowSink;
  readonly #long: LongRows;

  constructor(sink: RowSink) {
    this.#sink = sink;
    this.#long = new LongRows(sink);
  }

  add(each: Row, place: number): void {
    const { series, step, value } = each;
    if (typeof series === 'string' && longColumns.every((name) => Object.hasOwn(each, name))) {
      this.#long.row(series, cellOf(step), cellOf(value), place);
      return;
    }
    const names: string[] = [];
    const cells: Cell[] = [];
    flatten(each, '', 0, (name, cell) => {
      names.push(name);
      cells.push(cell);
    });
    this.#sink.row(names, cells, null, place);
  }
}

function flatten(object: Row, prefix: string, depth: number, add: (name: string, cell: Cell) => void): void {
  for (const [name, value] of Object.entries(object)) {
    const inner = row.safeParse(value);
    if (!inner.success) add(prefix + name, cellOf(value));
    else if (depth < deepest) flatten(inner.data, `${prefix}${name}.`, depth + 1, add);
  }
}

function cellOf(value: unknown): Cell {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' || value === null
    ? value
    : '';
}

const bareNumbers = /("(?:[^"\\]|\\.)*")|(-?\bInfinity\b|\bNaN\b)/g;

/** Undefined for what is no JSON, also where bare NaN and Infinity are allowed. */
function parseJson(text: string): unknown {
  for (const attempt of [
    () => text,
    () => text.replaceAll(bareNumbers, (bare, string) => (string ? bare : `"${bare}"`)),
  ]) {
    try {
      return JSON.parse(attempt());
    } catch {
      // The next attempt, or none.
    }
  }
  return undefined;
}
