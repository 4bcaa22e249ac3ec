import { readFields, readInteger } from '../protobuf-fields.ts';
import type { Cell } from '../metric-rows.ts';

/** A key with its value: nested keys joined by dots, values as JSON has them, NaN for what JSON has no number for. */
export interface WandbItem {
  readonly key: string;
  readonly value: Cell | object;
}

/** What `define_metric` declares: the column that counts the steps of a metric, or of all that begin as a pattern does. */
export interface DeclaredSteps {
  readonly name: string;
  /** A name before its final `*`; empty where a name is declared. */
  readonly pattern: string;
  readonly stepColumn: string;
}

/** A `Record` of wandb_internal.proto, as far as a run's history needs it. */
export type WandbRecord =
  | { readonly type: 'history'; readonly items: readonly WandbItem[] }
  | { readonly type: 'config'; readonly items: readonly WandbItem[] }
  | { readonly type: 'run'; readonly name: string; readonly items: readonly WandbItem[] }
  | ({ readonly type: 'metric' } & DeclaredSteps)
  | { readonly type: 'exit'; readonly code: number }
  | { readonly type: 'other' };

const delimited = 2;
const other: WandbRecord = { type: 'other' };

/** Throws a RangeError where the bytes are no message. */
export function decodeRecord(bytes: Uint8Array): WandbRecord {
  let record = other;
  readFields(bytes, (field, reader, type) => {
    if (type !== delimited) return false;
    if (field === 2) record = { type: 'history', items: decodeItems(reader.bytes()) };
    else if (field === 5) record = { type: 'config', items: decodeItems(reader.bytes()) };
    else if (field === 12) record = decodeMetric(reader.bytes());
    else if (field === 17) record = decodeRun(reader.bytes());
    else if (field === 18) record = decodeExit(reader.bytes());
    else return false;
    return true;
  });
  return record;
}

/** HistoryRecord.item and ConfigRecord.update have the same number and the same fields. */
function decodeItems(bytes: Uint8Array): WandbItem[] {
  const items: WandbItem[] = [];
  readFields(bytes, (field, reader, type) => {
    if (field !== 1 || type !== delimited) return false;
    items.push(decodeItem(reader.bytes()));
    return true;
  });
  return items;
}

function decodeItem(bytes: Uint8Array): WandbItem {
  let key = '';
  const nested: string[] = [];
  let value: WandbItem['value'] = null;
  readFields(bytes, (field, reader, type) => {
    if (field === 1 && type === delimited) key = reader.string();
    else if (field === 2 && type === delimited) nested.push(reader.string());
    else if ((field === 16 || field === 8) && type === delimited) value = parseValue(reader.string());
    else if (field === 7 && type === delimited) value = reader.string();
    else if (field === 4 && type === 0) value = reader.bool();
    else if (field === 5 && type === 0) value = Number(reader.sint64());
    else if (field === 6 && type === 1) value = reader.double();
    else return false;
    return true;
  });
  return { key: nested.length > 0 ? nested.join('.') : key, value };
}

/** wandb writes NaN and Infinity, which JSON does not have. */
function parseValue(text: string): WandbItem['value'] {
  if (/^"?-?(NaN|Infinity)"?$/.test(text)) return Number.NaN;
  try {
    const value: unknown = JSON.parse(text);
    const isPlain = typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
    return isPlain || value === null || typeof value === 'object' ? value : null;
  } catch {
    return text;
  }
}

function decodeMetric(bytes: Uint8Array): WandbRecord {
  const declared = { name: '', pattern: '', stepColumn: '' };
  readFields(bytes, (field, reader, type) => {
    if (type !== delimited) return false;
    if (field === 1) declared.name = reader.string();
    else if (field === 2) declared.pattern = reader.string().replace(/[*]$/, '');
    else if (field === 4) declared.stepColumn = reader.string();
    else return false;
    return true;
  });
  return declared.stepColumn === '' ? other : { type: 'metric', ...declared };
}

function decodeRun(bytes: Uint8Array): WandbRecord {
  let name = '';
  let items: WandbItem[] = [];
  readFields(bytes, (field, reader, type) => {
    if (field === 8 && type === delimited) name = reader.string();
    else if (field === 4 && type === delimited) items = decodeItems(reader.bytes());
    else return false;
    return true;
  });
  return { type: 'run', name, items };
}

function decodeExit(bytes: Uint8Array): WandbRecord {
  let code = 0;
  readFields(bytes, (field, reader, type) => {
    if (field !== 1 || type !== 0) return false;
    code = readInteger(reader);
    return true;
  });
  return { type: 'exit', code };
}
