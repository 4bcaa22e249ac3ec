import type { z } from 'zod';
import { methods, resolveMethodAlias } from '../../../../contracts/methods.ts';
import type { MethodDescription } from '../../../../contracts/methods.ts';
import { runSpec, runSpecShape } from '../../../../contracts/run-spec.ts';
import { activeVariant, initialOf } from '../fields/field-rows.ts';
import { describeShape } from '../fields/field-tree.ts';
import type { Field, FieldNode, VariantsNode } from '../fields/field-tree.ts';
import { isJsonList, isJsonObject, pathKey, sameJson, valueAt, withValueAt } from '../fields/json.ts';
import type { Json, JsonObject, Path } from '../fields/json.ts';
import { axesOf, combinationsOf } from './sweep.ts';

/** The spec that somebody is writing: not necessarily valid, with lists of values where a sweep is meant. */
export interface Draft {
  readonly document: JsonObject;
  /** What a choice of another method or form took away, to be put back when the choice is taken back. */
  readonly remembered: JsonObject;
  /** The text view's own text: another layout than ours, or not readable yet; null where the form wrote last. */
  readonly text: string | null;
}

/** One setting to another value; undefined leaves it out. */
export interface Change {
  readonly path: Path;
  readonly value: Json | undefined;
}

/** The fields of a run spec, in its order. */
export const specFields = describeShape(runSpecShape);
export const specOrder = specFields.map(({ name }) => name);

export const startDraft = (document: JsonObject): Draft => ({ document, remembered: {}, text: null });

export function applyChanges(draft: Draft, changes: readonly Change[]): Draft {
  const document = changes.reduce((current, { path, value }) => withValueAt(current, path, value), draft.document);
  return sameJson(document, draft.document) ? draft : { ...draft, document, text: null };
}

/** The method that a document names, by id or by its name in the reference code. */
export function methodOf(document: JsonObject): MethodDescription | undefined {
  const { method } = document;
  return typeof method === 'string' ? methods.find(({ id }) => id === resolveMethodAlias(method)) : undefined;
}

/** Settings that belong to some methods only, of all methods. */
export const methodFieldNames: ReadonlySet<string> = new Set(
  methods.flatMap((method): readonly string[] => method.fields),
);

/** Whether a method has a setting. A small batch is one micro-batch, so it has no size of its own. */
export function hasSetting(method: MethodDescription | undefined, name: string): boolean {
  if (name === 'microBatchSize') return method?.id !== 'small-batch';
  const own: readonly string[] = method?.fields ?? [];
  return !methodFieldNames.has(name) || own.includes(name);
}

/**
 * Another method for the same question. Its own settings come from the last time that it was chosen here, else from an
 * example of it (a preset of the same data), else from a setting of the same name. Small batch and the large-batch
 * methods mean different things by the batch, so each side keeps its sizes.
 */
export function chooseMethod(draft: Draft, method: MethodDescription, examples: readonly JsonObject[]): Draft {
  const before = methodOf(draft.document);
  if (before?.id === method.id) return draft;
  const leaving = settingsKept(before);
  const left = Object.fromEntries(leaving.map((name) => [name, draft.document[name] ?? null]));
  const remembered = { ...draft.remembered, [`method|${before?.id ?? ''}`]: left };
  const kept = remembered[`method|${method.id}`];
  const example = exampleOf(draft.document, method, examples);
  const sameSide = (before?.id === 'small-batch') === (method.id === 'small-batch');
  const comeBack = (name: string): Json | undefined => {
    const earlier = isJsonObject(kept) ? kept[name] : undefined;
    return (earlier === null ? undefined : earlier) ?? example?.[name];
  };
  const changes: Change[] = [{ path: ['method'], value: method.id }];
  for (const name of methodFieldNames) {
    const value = hasSetting(method, name) ? (comeBack(name) ?? draft.document[name]) : undefined;
    changes.push({ path: [name], value });
  }
  if (!sameSide) {
    const known = isJsonObject(kept) || example !== undefined;
    const microBatchSize = draft.document['microBatchSize'];
    changes.push(
      {
        path: ['batchSize'],
        value: comeBack('batchSize') ?? (known ? undefined : microBatchSize) ?? draft.document['batchSize'],
      },
      {
        path: ['microBatchSize'],
        value: hasSetting(method, 'microBatchSize') ? comeBack('microBatchSize') : undefined,
      },
    );
  }
  const chosen = { ...applyChanges(draft, changes), remembered };
  return applyChanges(chosen, acceptedForms(chosen, method, example));
}

/**
 * Settings that have forms and cannot be left out, each in a form that the method takes: the present one, one that was
 * chosen here before, an example's, else the first that is not refused.
 */
function acceptedForms(draft: Draft, method: MethodDescription, example: JsonObject | undefined): Change[] {
  const needed: readonly string[] = method.required;
  return specFields.flatMap(({ name, optional, node }): Change[] => {
    if (node.kind !== 'variants' || (optional && !needed.includes(name))) return [];
    const earlier = node.variants.map((_, index) => draft.remembered[`${name}|${String(index)}`]);
    const starts = node.variants.map((variant) => initialOf(variant.node));
    const candidates = [draft.document[name], ...earlier, example?.[name], ...starts].filter(
      (value) => value !== undefined,
    );
    const accepted = candidates.find((value) => !isRefused({ ...draft.document, [name]: value }, name));
    return accepted === undefined ? [] : [{ path: [name], value: accepted }];
  });
}

/** Whether the value of a setting is wrong as a whole, not only unfinished inside. Of a sweep its first values count. */
function isRefused(document: JsonObject, name: string): boolean {
  const oneSeed = withValueAt(document, ['seed'], undefined);
  const [first] = combinationsOf(oneSeed, axesOf(specFields, oneSeed));
  const issues = runSpec.safeParse(first?.document).error?.issues ?? [];
  return issues.some(({ path }) => path.length === 1 && path[0] === name);
}

const settingsKept = (method: MethodDescription | undefined): string[] => [
  ...(method?.fields ?? []),
  'batchSize',
  'microBatchSize',
];

/** An example of a method with the document's data and kind of model. */
function exampleOf(
  document: JsonObject,
  method: MethodDescription,
  examples: readonly JsonObject[],
): JsonObject | undefined {
  const same = (example: JsonObject, path: Path): boolean => sameJson(valueAt(example, path), valueAt(document, path));
  return examples.find(
    (example) =>
      methodOf(example)?.id === method.id && same(example, ['dataset', 'id']) && same(example, ['model', 'kind']),
  );
}

/** Another form of a union: as it was when last chosen here, as an example has it, or with what both forms share. */
export function chooseVariant(
  draft: Draft,
  { path, node, index }: { readonly path: Path; readonly node: VariantsNode; readonly index: number },
  examples: readonly JsonObject[],
): Draft {
  const value = valueAt(draft.document, path);
  const active = activeVariant(node, value);
  const variant = node.variants[index];
  if (variant === undefined || index === active) return draft;
  const place = (which: number): string => `${pathKey(path)}|${String(which)}`;
  const remembered = value === undefined ? draft.remembered : { ...draft.remembered, [place(active)]: value };
  const fromExamples = examples
    .map((example) => valueAt(example, path))
    .find((candidate) => candidate !== undefined && activeVariant(node, candidate) === index);
  const next = remembered[place(index)] ?? fromExamples ?? carriedOver(variant.node, value);
  return { ...applyChanges(draft, [{ path, value: next }]), remembered };
}

/** An optional group, or an optional union, there or not. */
export function setPresence(
  draft: Draft,
  { path, field, present }: { readonly path: Path; readonly field: Field; readonly present: boolean },
  examples: readonly JsonObject[],
): Draft {
  const place = `${pathKey(path)}|present`;
  if (!present) {
    const value = valueAt(draft.document, path);
    const remembered = value === undefined ? draft.remembered : { ...draft.remembered, [place]: value };
    return { ...applyChanges(draft, [{ path, value: undefined }]), remembered };
  }
  const fromExamples = examples.map((example) => valueAt(example, path)).find((value) => value !== undefined);
  return applyChanges(draft, [{ path, value: draft.remembered[place] ?? fromExamples ?? initialOf(field.node) }]);
}

/** A new value of a form, with every setting of the old one that fits. */
function carriedOver(node: FieldNode, value: Json | undefined): Json {
  const initial = initialOf(node);
  if (node.kind !== 'group' || !isJsonObject(initial) || !isJsonObject(value)) return initial;
  const fitting = node.fields.filter(({ name, node: inner, schema }) => {
    const own = value[name];
    return own !== undefined && inner.kind !== 'constant' && fits(schema, own);
  });
  return { ...initial, ...Object.fromEntries(fitting.map(({ name }) => [name, value[name] ?? null])) };
}

/** Also a sweep fits where each of its values does. */
const fits = (schema: z.ZodType, value: Json): boolean =>
  schema.safeParse(value).success ||
  (isJsonList(value) && value.length > 0 && value.every((one) => schema.safeParse(one).success));
