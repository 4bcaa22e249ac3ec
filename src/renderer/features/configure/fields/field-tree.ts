import { z } from 'zod';
import { sentenceCase } from '../../../format/words.ts';
import { toJson } from './json.ts';
import type { Json } from './json.ts';

/**
 * A zod schema as the form sees it: a tree of fields with label, unit and help from `.meta()`. Whatever this file has
 * no form for becomes `json`, a text field that takes the value as JSON: no part of a schema is out of reach.
 */
export type FieldNode =
  | NumberNode
  | ChoiceNode
  | ConstantNode
  | ListNode
  | ItemsNode
  | GroupNode
  | VariantsNode
  | { readonly kind: 'text' | 'switch' | 'json' };

export interface NumberNode {
  readonly kind: 'number';
  readonly integer: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

/** One of several words or numbers. */
export interface ChoiceNode {
  readonly kind: 'choice';
  readonly options: readonly Option[];
}

export interface Option {
  readonly value: Json;
  readonly label: string;
}

/** A literal: nothing to choose. */
export interface ConstantNode {
  readonly kind: 'constant';
  readonly value: Json;
}

/** A list of numbers and words that fits on one line of text. */
export interface ListNode {
  readonly kind: 'list';
  readonly element: FieldNode;
}

/** A list whose entries have settings of their own. */
export interface ItemsNode {
  readonly kind: 'items';
  readonly element: Field;
}

export interface GroupNode {
  readonly kind: 'group';
  readonly fields: readonly Field[];
}

/** One of several forms, told apart by the literal under `discriminator` where there is one. */
export interface VariantsNode {
  readonly kind: 'variants';
  readonly discriminator: string | null;
  readonly variants: readonly Variant[];
}

export interface Variant {
  readonly label: string;
  readonly help: string;
  readonly node: FieldNode;
  readonly schema: z.ZodType;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  /** Whether the schema names the label, or it was made from the field's name. */
  readonly labelled: boolean;
  readonly unit: string;
  readonly help: string;
  /** The option for leaving it out. */
  readonly none: string;
  /** May be left out. */
  readonly optional: boolean;
  /** What leaving it out means, where the schema says so. */
  readonly fallback: Json | undefined;
  readonly node: FieldNode;
  readonly schema: z.ZodType;
}

export function describeField(name: string, schema: z.ZodType): Field {
  const { inner, optional, fallback } = unwrap(schema);
  const text = metaText(schema);
  return {
    name,
    label: text.label === '' ? humanised(name) : text.label,
    labelled: text.label !== '',
    unit: text.unit,
    help: text.help,
    none: text.none === '' ? 'None' : text.none,
    optional,
    fallback,
    node: describeNode(inner),
    schema,
  };
}

/** Fields of an object schema, in its order. */
export function describeShape(shape: Readonly<Record<string, z.ZodType>>): Field[] {
  return Object.entries(shape).map(([name, schema]) => describeField(name, schema));
}

function describeNode(schema: z.ZodType): FieldNode {
  if (schema instanceof z.ZodNumber) {
    return {
      kind: 'number',
      integer: schema.format === 'safeint',
      minimum: finiteOrNull(schema.minValue),
      maximum: finiteOrNull(schema.maxValue),
    };
  }
  if (schema instanceof z.ZodBoolean) return { kind: 'switch' };
  if (schema instanceof z.ZodString) return { kind: 'text' };
  if (schema instanceof z.ZodEnum) return choiceOf(schema.options, schema);
  if (schema instanceof z.ZodLiteral) {
    const values = [...schema.values].map(toJson);
    const [only] = values;
    return values.length === 1 && only !== undefined ? { kind: 'constant', value: only } : choiceOf(values, schema);
  }
  if (schema instanceof z.ZodObject) return { kind: 'group', fields: describeShape(typedShape(schema)) };
  if (schema instanceof z.ZodArray) return describeArray(asType(schema.element));
  if (schema instanceof z.ZodUnion) return describeUnion(schema);
  return { kind: 'json' };
}

function describeArray(elementSchema: z.ZodType): FieldNode {
  const element = describeField('', elementSchema);
  return isScalar(element.node) ? { kind: 'list', element: element.node } : { kind: 'items', element };
}

function describeUnion(schema: z.ZodUnion): FieldNode {
  const discriminator = schema instanceof z.ZodDiscriminatedUnion ? schema.def.discriminator : null;
  const options = schema.options.map(asType);
  const nodes = options.map((option) => describeNode(unwrap(option).inner));
  const words = nodes.flatMap((node, index) => optionsOf(node, metaText(options[index]).label));
  if (nodes.every((node) => node.kind === 'constant' || node.kind === 'choice')) {
    return { kind: 'choice', options: words };
  }
  return {
    kind: 'variants',
    discriminator,
    variants: options.map((option, index) => {
      const node = nodes[index] ?? { kind: 'json' as const };
      const { label, help } = metaText(option);
      return { label: label === '' ? variantLabel(node, discriminator) : label, help, node, schema: option };
    }),
  };
}

function optionsOf(node: FieldNode, label: string): readonly Option[] {
  if (node.kind === 'choice') return node.options;
  if (node.kind !== 'constant') return [];
  return [{ value: node.value, label: label === '' ? wordOf(node.value) : label }];
}

function choiceOf(values: readonly unknown[], schema: z.ZodType): ChoiceNode {
  const labels = metaLabels(schema);
  return {
    kind: 'choice',
    options: values.map((value) => ({ value: toJson(value), label: labels[String(value)] ?? wordOf(toJson(value)) })),
  };
}

/** What tells a form of a union from the others, in the absence of a label. */
function variantLabel(node: FieldNode, discriminator: string | null): string {
  switch (node.kind) {
    case 'constant':
      return wordOf(node.value);
    case 'choice':
      return node.options.map((option) => option.label).join(' or ');
    case 'group': {
      const named = node.fields.find((field) => field.name === discriminator) ?? node.fields[0];
      if (named === undefined) return 'Empty';
      return named.node.kind === 'constant' ? sentenceCase(wordOf(named.node.value)) : named.label;
    }
    case 'number':
      return 'Number';
    case 'text':
      return 'Text';
    case 'switch':
      return 'Yes or no';
    case 'list':
    case 'items':
      return 'List';
    case 'variants':
      return node.variants.map((variant) => variant.label).join(' or ');
    case 'json':
      return 'JSON';
  }
}

function wordOf(value: Json): string {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function isScalar(node: FieldNode): boolean {
  switch (node.kind) {
    case 'number':
    case 'text':
    case 'choice':
    case 'constant':
      return true;
    case 'variants':
      return node.variants.every((variant) => isScalar(variant.node));
    case 'switch':
    case 'list':
    case 'items':
    case 'group':
    case 'json':
      return false;
  }
}

/** The schema without what only says whether it may be left out, and what a preprocess step hides. */
function unwrap(schema: z.ZodType): { inner: z.ZodType; optional: boolean; fallback: Json | undefined } {
  let inner = schema;
  let optional = false;
  let fallback: Json | undefined;
  while (true) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodExactOptional) {
      optional = true;
      inner = asType(inner.unwrap());
    } else if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      fallback ??= toJson(inner.def.defaultValue);
      optional = true;
      inner = asType(inner.unwrap());
    } else if (inner instanceof z.ZodReadonly || inner instanceof z.ZodNonOptional) {
      inner = asType(inner.unwrap());
    } else if (inner instanceof z.ZodPipe) {
      inner = asType(inner.in instanceof z.ZodTransform ? inner.out : inner.in);
    } else if (inner instanceof z.ZodLazy) {
      inner = asType(inner.unwrap());
    } else {
      return { inner, optional, fallback };
    }
  }
}

/** zod hands out parts of a schema as its core type; every schema made with `z` is of the full one. */
function asType(schema: unknown): z.ZodType {
  return schema instanceof z.ZodType ? schema : z.unknown();
}

function typedShape(schema: z.ZodObject): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(schema.shape).map(([name, entry]) => [name, asType(entry)]));
}

interface MetaText {
  readonly label: string;
  readonly unit: string;
  readonly help: string;
  readonly none: string;
}

/** Texts of `.meta()`, the outermost schema that says something first. */
function metaText(schema: z.ZodType | undefined): MetaText {
  const layers = schema === undefined ? [] : metaLayers(schema);
  const read = (key: string): string => {
    const found = layers.map((layer) => layer[key]).find((value) => typeof value === 'string');
    return found ?? '';
  };
  return { label: read('label'), unit: read('unit'), help: read('help'), none: read('none') };
}

function metaLabels(schema: z.ZodType): Record<string, string> {
  const labels = schema.meta()?.['labels'];
  const parsed = z.record(z.string(), z.string()).safeParse(labels);
  return parsed.success ? parsed.data : {};
}

function metaLayers(schema: z.ZodType): Record<string, unknown>[] {
  const own = schema.meta() ?? {};
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly;
  if (isWrapper) return [own, ...metaLayers(asType(schema.unwrap()))];
  return schema instanceof z.ZodPreprocess ? [own, ...metaLayers(asType(schema.out))] : [own];
}

/** `microBatchSize` as 'Micro batch size'. */
function humanised(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[-_]/g, ' ');
  return sentenceCase(words.toLowerCase());
}

const finiteOrNull = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) || Math.abs(value) === Number.MAX_SAFE_INTEGER ? null : value;
