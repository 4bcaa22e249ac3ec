import { activeVariant } from '../fields/field-rows.ts';
import type { Field, FieldNode } from '../fields/field-tree.ts';
import { isJsonList, isJsonObject, pathKey, valueAt, withValueAt } from '../fields/json.ts';
import type { Json, JsonObject, Path } from '../fields/json.ts';

/** A setting that takes several values, one after the other. */
export interface Axis {
  readonly path: Path;
  readonly key: string;
  readonly label: string;
  readonly values: readonly Json[];
}

/** One setting for each axis, put into the document. */
export interface Combination {
  readonly document: JsonObject;
  readonly values: readonly Json[];
}

/** Runs of one queueing: what the call table allows for one setting, and more than a person can look through. */
export const mostRuns = 1000;

/** Every numeric setting that holds a list, seeds left out: those make replicates, not settings. */
export function axesOf(fields: readonly Field[], document: JsonObject): Axis[] {
  return fields
    .filter((field) => field.name !== 'seed')
    .flatMap((field) => axesBelow(field.node, field.label, document[field.name], [field.name]));
}

function axesBelow(node: FieldNode, label: string, value: Json | undefined, path: Path): Axis[] {
  switch (node.kind) {
    case 'number':
      return isJsonList(value) && value.length > 0 ? [{ path, key: pathKey(path), label, values: value }] : [];
    case 'group':
      return isJsonObject(value)
        ? node.fields.flatMap((field) => axesBelow(field.node, field.label, value[field.name], [...path, field.name]))
        : [];
    case 'variants': {
      const variant = node.variants[activeVariant(node, value)];
      return variant === undefined ? [] : axesBelow(variant.node, label, value, path);
    }
    case 'text':
    case 'switch':
    case 'json':
    case 'choice':
    case 'constant':
    case 'list':
    case 'items':
      return [];
  }
}

/** Every combination of the axes' values, the last axis fastest; at most one more than can be queued. */
export function combinationsOf(document: JsonObject, axes: readonly Axis[]): Combination[] {
  let combinations: readonly Combination[] = [{ document, values: [] }];
  for (const axis of axes) {
    const next: Combination[] = [];
    for (const combination of combinations) {
      for (const value of axis.values.slice(0, mostRuns + 1 - next.length)) {
        next.push({
          document: withValueAt(combination.document, axis.path, value),
          values: [...combination.values, value],
        });
      }
    }
    combinations = next;
  }
  return [...combinations];
}

/** The seeds of a document as they stand there, valid or not; one where it names none. */
export function seedsOf(document: JsonObject): readonly Json[] {
  const seed = valueAt(document, ['seed']);
  if (seed === undefined) return [1];
  return isJsonList(seed) ? seed : [seed];
}
