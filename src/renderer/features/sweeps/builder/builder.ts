import { sweepDefinition } from '../../../../contracts/sweeps.ts';
import type { SweepDefinition } from '../../../../contracts/sweeps.ts';
import type { Field, FieldNode } from '../../configure/fields/field-tree.ts';
import { isJsonObject } from '../../configure/fields/json.ts';
import type { Json, JsonObject } from '../../configure/fields/json.ts';
import { axesOf, seedsOf } from '../../configure/draft/sweep.ts';
import { activeVariant } from '../../configure/fields/field-rows.ts';
import { readAxis, writeValues } from './axis-text.ts';
import type { AxisRow } from './axis-text.ts';

/** What the builder starts with: the spec of the form, its lists as axes. */
export interface BuilderStart {
  readonly base: JsonObject;
  readonly rows: readonly AxisRow[];
}

export function startBuilder(fields: readonly Field[], document: JsonObject): BuilderStart {
  const axes = axesOf(fields, document);
  const single = axes.reduce<JsonObject>((base, { path, values }) => withFirst(base, path, values[0]), document);
  const seeds = seedsOf(document);
  const rows = axes.map(({ key, values }, index): AxisRow => ({
    ...{ key: index, path: key, kind: 'values' },
    text: writeValues(values),
  }));
  return {
    base: { ...single, seed: seeds[0] ?? 1 },
    rows: [...rows, { key: rows.length, path: 'seed', kind: 'values', text: writeValues(seeds) }],
  };
}

function withFirst(object: JsonObject, path: readonly (string | number)[], value: Json | undefined): JsonObject {
  const [step, ...rest] = path;
  if (typeof step !== 'string' || value === undefined) return object;
  const inner = object[step];
  return { ...object, [step]: rest.length === 0 || !isJsonObject(inner) ? value : withFirst(inner, rest, value) };
}

/** Every field that an axis can name: those of the spec, and those inside its groups as they stand. */
export function axisPaths(fields: readonly Field[], document: JsonObject): { path: string; label: string }[] {
  return fields.flatMap((field) => pathsBelow(field, field.node, document[field.name], field.name));
}

function pathsBelow(
  field: Field,
  node: FieldNode,
  value: Json | undefined,
  path: string,
): { path: string; label: string }[] {
  const own = { path, label: field.label };
  if (node.kind === 'group') {
    const inner = isJsonObject(value) ? value : {};
    const below = node.fields.flatMap((one) => pathsBelow(one, one.node, inner[one.name], `${path}.${one.name}`));
    return isJsonObject(value) || !field.optional ? [own, ...below] : [own];
  }
  if (node.kind === 'variants') {
    const variant = node.variants[activeVariant(node, value)];
    const below = variant?.node.kind === 'group' ? pathsBelow(field, variant.node, value, path).slice(1) : [];
    return [own, ...below];
  }
  return node.kind === 'constant' ? [] : [own];
}

export type ReadSweep = { readonly definition: SweepDefinition } | { readonly problems: ReadonlyMap<number, string> };

/** The sweep that the table of axes writes; `sample` null takes every combination. */
export function readSweep(
  base: JsonObject,
  rows: readonly AxisRow[],
  { name, sample, sampleSeed }: { readonly name: string; readonly sample: number | null; readonly sampleSeed: number },
): ReadSweep {
  const problems = new Map<number, string>();
  const axes: Record<string, unknown> = {};
  for (const row of rows) {
    const read = readAxis(row);
    if (row.path === '') problems.set(row.key, 'Choose a setting.');
    else if (Object.hasOwn(axes, row.path)) problems.set(row.key, 'This setting has an axis already.');
    else if ('problem' in read) problems.set(row.key, read.problem);
    else if (row.kind !== 'values' && sample === null) problems.set(row.key, 'A range needs a number of draws.');
    else if (row.kind !== 'values' && row.path === 'seed') problems.set(row.key, 'Seeds are listed, not drawn.');
    else axes[row.path] = read.axis;
  }
  if (problems.size > 0) return { problems };
  const drawn = sample === null ? {} : { sample, sampleSeed };
  const parsed = sweepDefinition.safeParse({
    base,
    axes,
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...drawn,
  });
  if (parsed.success) return { definition: parsed.data };
  return { problems: new Map([[-1, parsed.error.issues[0]?.message ?? 'This is no sweep.']]) };
}
