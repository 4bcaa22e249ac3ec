import { methodOf, specFields } from '../draft/draft.ts';
import { wordOf } from '../draft/findings.ts';
import type { Row } from '../fields/field-rows.ts';
import { isJsonList, pathKey } from '../fields/json.ts';
import type { Json, Path } from '../fields/json.ts';

/** Name of a setting as its row has it. */
export function labelOf(path: Path, rows: readonly Row[]): string {
  if (pathKey(path) === 'method') return 'Method';
  const field = path.length === 1 ? specFields.find(({ name }) => name === path[0]) : undefined;
  return rows.find(({ key }) => key === pathKey(path))?.label ?? field?.label ?? String(path.at(-1));
}

/** A value in a few characters: '500', '0.005, 0.01', 'none'. */
export function shortValue(value: Json | undefined): string {
  if (value === undefined) return 'none';
  if (isJsonList(value)) return value.map(wordOf).join(', ');
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' ? (methodOf({ method: value })?.label ?? value) : wordOf(value);
}
