/** A value as JSON has it: what a run spec is made of while somebody edits it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** The way from the document's root to a value: keys and places in lists. */
export type Path = readonly (string | number)[];

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isJsonList(value);

export const isJsonList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** A path as one word, to look things up by: `model.widths.2`. */
export const pathKey = (path: Path): string => path.join('.');

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  return valueAt(child(value, step), rest);
}

function child(value: Json | undefined, step: string | number): Json | undefined {
  if (isJsonList(value)) return typeof step === 'number' ? value[step] : undefined;
  if (isJsonObject(value)) return Object.hasOwn(value, step) ? value[step] : undefined;
  return undefined;
}

/** A copy with the value at the path replaced; undefined takes it away. Objects on the way are made where they lack. */
export function withValueAt(document: JsonObject, path: Path, value: Json | undefined): JsonObject {
  const changed = replaced(document, path, value);
  return isJsonObject(changed) ? changed : document;
}

function replaced(parent: Json | undefined, path: Path, value: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const next = replaced(child(parent, step), rest, value);
  if (typeof step === 'number') {
    const list = isJsonList(parent) ? parent : [];
    return next === undefined ? list.filter((_, index) => index !== step) : withEntry(list, step, next);
  }
  const object = isJsonObject(parent) ? parent : {};
  if (next !== undefined) return { ...object, [step]: next };
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== step));
}

function withEntry(list: readonly Json[], place: number, value: Json): Json[] {
  const copy = [...list];
  copy[Math.min(place, list.length)] = value;
  return copy;
}

export function sameJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (isJsonList(left) && isJsonList(right)) {
    return left.length === right.length && left.every((entry, index) => sameJson(entry, right[index]));
  }
  if (isJsonObject(left) && isJsonObject(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
    );
  }
  return false;
}

/** Paths of all values that differ between two documents, lists as a whole. */
export function changedPaths(before: Json | undefined, after: Json | undefined, path: Path = []): Path[] {
  if (sameJson(before, after)) return [];
  if (!isJsonObject(before) || !isJsonObject(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedPaths(child(before, key), child(after, key), [...path, key]));
}

/** Any plain value as JSON: what is undefined is left out. */
export function toJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object') {
    const present = Object.entries(value).filter(([, entry]: [string, unknown]) => entry !== undefined);
    return Object.fromEntries(present.map(([key, entry]: [string, unknown]) => [key, toJson(entry)]));
  }
  return null;
}

export function toJsonObject(value: unknown): JsonObject {
  const json = toJson(value);
  return isJsonObject(json) ? json : {};
}
