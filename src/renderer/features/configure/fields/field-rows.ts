import { isJsonList, isJsonObject, pathKey } from './json.ts';
import type { Json, Path } from './json.ts';
import { describeField, isScalar } from './field-tree.ts';
import type { Field, FieldNode, NumberNode, Option, VariantsNode } from './field-tree.ts';

/** How a row takes its value. */
export type Control =
  | { readonly kind: 'number'; readonly node: NumberNode }
  /** A number where something else may stand as well: the other forms are offered beside it. */
  | { readonly kind: 'numberForm'; readonly node: NumberNode; readonly forms: VariantsNode; readonly active: number }
  | { readonly kind: 'text' | 'list' | 'json' | 'heading' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly options: readonly Option[] }
  /** Any number of the options. */
  | { readonly kind: 'choices'; readonly options: readonly Option[] }
  /** Which form of a union; -1 where the value fits none. */
  | { readonly kind: 'variants'; readonly node: VariantsNode; readonly active: number }
  /** Whether an optional group is there at all. */
  | { readonly kind: 'presence'; readonly present: boolean }
  /** Adds an entry to a list whose entries are rows of their own. */
  | { readonly kind: 'items'; readonly element: Field; readonly count: number };

/** One line of the form. */
export interface Row {
  readonly key: string;
  readonly path: Path;
  readonly field: Field;
  readonly label: string;
  readonly help: string;
  /** Levels below the field of the spec that it belongs to. */
  readonly depth: number;
  readonly control: Control;
  /** The list entry that this row begins, which can be taken away. */
  readonly entry: Path | null;
}

/** The rows of a field for the value that it has now: what does not apply to the value is not there. */
export function rowsOf(field: Field, value: Json | undefined, path: Path, depth = 0): Row[] {
  const { node } = field;
  const row = (control: Control): Row => ({
    key: pathKey(path),
    path,
    field,
    label: field.label,
    help: field.help,
    depth,
    control,
    entry: null,
  });
  switch (node.kind) {
    case 'number':
      return [row({ kind: 'number', node })];
    case 'text':
    case 'switch':
    case 'json':
      return [row({ kind: node.kind })];
    case 'choice':
      return [row({ kind: 'choice', options: node.options })];
    case 'constant':
      return [];
    case 'list':
      return [
        row(node.element.kind === 'choice' ? { kind: 'choices', options: node.element.options } : { kind: 'list' }),
      ];
    case 'group':
      return groupRows(field, node.fields, value, path, depth, row);
    case 'variants': {
      const active = activeVariant(node, value);
      const form = node.variants[active]?.node;
      if (form?.kind === 'number' && othersAreGroups(node, active)) {
        return [row({ kind: 'numberForm', node: form, forms: node, active })];
      }
      return [row({ kind: 'variants', node, active }), ...variantRows(field, node, active, value, path, depth)];
    }
    case 'items': {
      const entries = isJsonList(value) ? value : [];
      const rows = entries.flatMap((entry, index) =>
        entryRows(node.element, entry, [...path, index], index, depth + 1),
      );
      return [row({ kind: 'items', element: node.element, count: entries.length }), ...rows];
    }
  }
}

/** A number is then the plain case, and needs no choice of its own. */
const othersAreGroups = (node: VariantsNode, active: number): boolean =>
  node.variants.every((variant, index) => index === active || variant.node.kind === 'group');

function groupRows(
  field: Field,
  fields: readonly Field[],
  value: Json | undefined,
  path: Path,
  depth: number,
  row: (control: Control) => Row,
): Row[] {
  const present = isJsonObject(value);
  const inner = (below: number): Row[] => rowsOfFields(fields, value, path, below);
  if (field.optional && field.fallback === undefined) {
    return [row({ kind: 'presence', present }), ...(present ? inner(depth + 1) : [])];
  }
  return field.labelled ? [row({ kind: 'heading' }), ...inner(depth + 1)] : inner(depth);
}

function rowsOfFields(fields: readonly Field[], value: Json | undefined, path: Path, depth: number): Row[] {
  return fields.flatMap((field) => {
    const own = isJsonObject(value) ? value[field.name] : undefined;
    return rowsOf(field, own ?? field.fallback, [...path, field.name], depth);
  });
}

function variantRows(
  field: Field,
  node: VariantsNode,
  active: number,
  value: Json | undefined,
  path: Path,
  depth: number,
): Row[] {
  const variant = node.variants[active];
  if (variant === undefined) return [];
  // Kinds of one thing (a model) have their settings beside the kind; other forms have theirs below.
  const below = node.discriminator === null ? depth + 1 : depth;
  if (variant.node.kind === 'group') return rowsOfFields(variant.node.fields, value, path, below);
  const described = describeField(field.name, variant.schema);
  const label = described.labelled ? described.label : 'Value';
  return rowsOf({ ...described, label, optional: false, fallback: undefined }, value, path, depth + 1);
}

function entryRows(element: Field, value: Json, path: Path, index: number, depth: number): Row[] {
  const rows = rowsOf(
    { ...element, label: `${element.labelled ? element.label : 'Entry'} ${String(index + 1)}` },
    value,
    path,
    depth,
  );
  return rows.map((row, place) => (place === 0 ? { ...row, entry: path } : row));
}

/** Which form of a union the value has: by its discriminator, else by what parses, else by its type; -1 for none. */
export function activeVariant(node: VariantsNode, value: Json | undefined): number {
  // A list where a number belongs is a sweep: its first value says what it is.
  const probe = isJsonList(value) && !node.variants.some(({ node: inner }) => isListLike(inner)) ? value[0] : value;
  if (probe === undefined) return -1;
  const { discriminator, variants } = node;
  if (discriminator !== null && isJsonObject(probe)) {
    const named = variants.findIndex(
      (variant) => discriminatorOf(variant.node, discriminator) === probe[discriminator],
    );
    if (named >= 0) return named;
  }
  const parsing = variants.findIndex((variant) => variant.schema.safeParse(probe).success);
  if (parsing >= 0) return parsing;
  const likeness = variants.map((variant) => likenessTo(variant.node, probe));
  const best = Math.max(...likeness);
  return best > 0 ? likeness.indexOf(best) : -1;
}

function discriminatorOf(node: FieldNode, discriminator: string): Json | undefined {
  if (node.kind !== 'group') return undefined;
  const field = node.fields.find(({ name }) => name === discriminator);
  return field?.node.kind === 'constant' ? field.node.value : undefined;
}

const isListLike = (node: FieldNode): boolean => node.kind === 'list' || node.kind === 'items' || node.kind === 'json';

/** How much an unfinished value is like a node: keys that an object shares with it, less those that it has not; 0 for no likeness. */
function likenessTo(node: FieldNode, value: Json): number {
  switch (node.kind) {
    case 'group': {
      if (!isJsonObject(value)) return 0;
      const known = Object.keys(value).filter((key) => node.fields.some(({ name }) => name === key)).length;
      return known === 0 ? 0 : Math.max(0.5, 2 * known - Object.keys(value).length);
    }
    case 'number':
      return typeof value === 'number' || typeof value === 'string' ? 1 : 0;
    case 'text':
      return typeof value === 'string' ? 1 : 0;
    case 'switch':
      return typeof value === 'boolean' ? 1 : 0;
    case 'list':
    case 'items':
      return isJsonList(value) ? 1 : 0;
    case 'variants':
      return Math.max(...node.variants.map((variant) => likenessTo(variant.node, value)));
    case 'choice':
    case 'constant':
    case 'json':
      return 0;
  }
}

/** What stands where a person must say something: its field is shown, and asks for it. */
const emptyPlace = '';

/** What a node starts with: defaults, first choices, empty lists, and an empty place where a person must say. */
export function initialOf(node: FieldNode): Json {
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'choice':
      return node.options[0]?.value ?? emptyPlace;
    case 'switch':
      return false;
    case 'list':
    case 'items':
      return [];
    case 'group':
      return Object.fromEntries(
        node.fields
          .filter((field) => !field.optional || field.fallback !== undefined)
          .map((field) => [field.name, field.fallback ?? initialOf(field.node)]),
      );
    case 'variants': {
      const [first] = node.variants;
      return first === undefined ? emptyPlace : initialOf(first.node);
    }
    case 'number':
    case 'text':
    case 'json':
      return emptyPlace;
  }
}

/** What a value has to be, in words, where the schema gives no message of its own: 'a whole number from 1 to 4,096 or pool'. */
export function expectationOf(node: FieldNode): string {
  switch (node.kind) {
    case 'number':
      return numberExpectation(node);
    case 'choice':
      return oneOf(node.options.map((option) => option.label));
    case 'constant':
      return typeof node.value === 'string' ? node.value : JSON.stringify(node.value);
    case 'text':
      return 'a text';
    case 'switch':
      return 'yes or no';
    case 'list':
      return `a list; each entry ${expectationOf(node.element)}`;
    case 'items':
      return 'a list';
    case 'group':
      return 'settings in braces';
    case 'variants':
      return isScalar(node)
        ? node.variants.map((variant) => expectationOf(variant.node)).join(' or ')
        : node.variants.map((variant) => variant.label).join(' or ');
    case 'json':
      return 'a value as JSON';
  }
}

/** 'pre', 'pre or post', 'a, b or c'. */
function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? 'nothing';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function numberExpectation({ integer, minimum, maximum }: NumberNode): string {
  const noun = integer ? 'a whole number' : 'a number';
  const word = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 20 });
  if (minimum !== null && maximum !== null) return `${noun} from ${word(minimum)} to ${word(maximum)}`;
  if (minimum !== null) return `${noun} from ${word(minimum)}`;
  return maximum === null ? noun : `${noun} up to ${word(maximum)}`;
}

/** The description of whatever stands at a path, given the values on the way; undefined where the schema has no such place. */
export function nodeAt(fields: readonly Field[], value: Json | undefined, path: Path): FieldNode | undefined {
  return descend({ kind: 'group', fields }, value, path);
}

function descend(node: FieldNode | undefined, value: Json | undefined, path: Path): FieldNode | undefined {
  const [step, ...rest] = path;
  if (node === undefined) return undefined;
  if (node.kind === 'variants' && (step !== undefined || !isScalar(node))) {
    const variant = node.variants[activeVariant(node, value)]?.node;
    return step === undefined && isScalar(node) ? node : descend(variant, value, path);
  }
  if (step === undefined) return node;
  if (node.kind === 'group' && typeof step === 'string') {
    const next = isJsonObject(value) ? value[step] : undefined;
    return descend(node.fields.find(({ name }) => name === step)?.node, next, rest);
  }
  if (node.kind === 'list') return descend(node.element, isJsonList(value) ? value[Number(step)] : undefined, rest);
  if (node.kind === 'items')
    return descend(node.element.node, isJsonList(value) ? value[Number(step)] : undefined, rest);
  return undefined;
}
