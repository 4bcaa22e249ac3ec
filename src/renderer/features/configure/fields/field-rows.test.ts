import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runSpecShape } from '../../../../contracts/run-spec.ts';
import { activeVariant, expectationOf, initialOf, nodeAt, rowsOf } from './field-rows.ts';
import { describeField, describeShape } from './field-tree.ts';
import type { Json } from './json.ts';

/** Rows as a reader sees them: label, kind of control, indentation. */
function drawn(schema: z.ZodType, value: Json | undefined, name = 'thing'): string[] {
  return rowsOf(describeField(name, schema), value, [name]).map(
    (row) => `${'  '.repeat(row.depth)}${row.label}: ${row.control.kind}`,
  );
}

const traceSource = z.union([
  z.strictObject({ run: z.string() }).meta({ label: 'Run' }),
  z.strictObject({ file: z.string(), column: z.string() }).meta({ label: 'File' }),
]);

describe('a schema that nobody foresaw', () => {
  it('shows numbers, words, switches and texts with the label, unit and help of their meta', () => {
    const field = describeField(
      'radius',
      z.number().min(0).max(2).default(0.05).meta({ label: 'Radius', unit: 'of the norm', help: 'How far.' }),
    );
    expect(field).toMatchObject({
      label: 'Radius',
      unit: 'of the norm',
      help: 'How far.',
      fallback: 0.05,
      optional: true,
    });
    expect(field.node).toEqual({ kind: 'number', integer: false, minimum: 0, maximum: 2 });
    expect(drawn(z.boolean(), true)).toEqual(['Thing: switch']);
    expect(drawn(z.string(), 'a', 'fileName')).toEqual(['File name: text']);
    expect(drawn(z.enum(['code', 'paper']), 'code', 'scale')).toEqual(['Scale: choice']);
  });

  it('finds the meta of a field under optional, default and preprocess', () => {
    const inner = z.int().min(1).meta({ label: 'Period', unit: 'steps' });
    expect(describeField('every', inner.optional())).toMatchObject({ label: 'Period', unit: 'steps', optional: true });
    expect(
      describeField(
        'every',
        z.preprocess((value) => value, inner),
      ).node,
    ).toMatchObject({ kind: 'number' });
  });

  it('draws nested settings below their heading and those of an optional group only when it is there', () => {
    const checkpoints = z.strictObject({ every: z.int().min(1), keepBest: z.boolean().default(true) });
    expect(drawn(checkpoints.meta({ label: 'Checkpoints' }), { every: 5 })).toEqual([
      'Checkpoints: heading',
      '  Every: number',
      '  Keep best: switch',
    ]);
    expect(drawn(checkpoints.optional(), undefined, 'checkpoints')).toEqual(['Checkpoints: presence']);
    expect(drawn(checkpoints.optional(), { every: 5 }, 'checkpoints')).toEqual([
      'Checkpoints: presence',
      '  Every: number',
      '  Keep best: switch',
    ]);
  });

  it('draws the settings of the form of a union that the value has', () => {
    const graft = z.discriminatedUnion('norm', [
      z.strictObject({ norm: z.literal('sample'), index: z.union([z.int().min(0), z.literal('random')]) }),
      z.strictObject({ norm: z.literal('mean') }),
    ]);
    expect(drawn(graft, { norm: 'sample', index: 'random' }, 'graft')).toEqual(['Graft: variants', 'Index: variants']);
    expect(drawn(graft, { norm: 'sample', index: 3 }, 'graft')).toEqual([
      'Graft: variants',
      'Index: variants',
      '  Value: number',
    ]);
    expect(drawn(graft, { norm: 'mean' }, 'graft')).toEqual(['Graft: variants']);
  });

  it('tells forms without a discriminator apart by what parses, and unfinished ones by their keys', () => {
    const { node } = describeField('trace', traceSource);
    if (node.kind !== 'variants') throw new Error('expected variants');
    expect(node.variants.map((variant) => variant.label)).toEqual(['Run', 'File']);
    expect(activeVariant(node, { run: 'abc' })).toBe(0);
    expect(activeVariant(node, { file: 'a.csv' })).toBe(1);
    expect(activeVariant(node, 12)).toBe(-1);
  });

  it('takes a list of numbers where one number belongs for a sweep of that form', () => {
    const { node } = describeField('learningRate', z.union([z.number(), traceSource]));
    if (node.kind !== 'variants') throw new Error('expected variants');
    expect(activeVariant(node, [0.1, 0.2])).toBe(0);
  });

  it('draws a number that may also be something larger as a plain number, with the other forms beside it', () => {
    const rate = z.union([z.number(), z.strictObject({ trace: traceSource })]);
    expect(drawn(rate, 0.1, 'rate')).toEqual(['Rate: numberForm']);
    expect(drawn(rate, [0.1, 0.2], 'rate')).toEqual(['Rate: numberForm']);
    expect(drawn(rate, { trace: { run: 'a' } }, 'rate')).toEqual([
      'Rate: variants',
      '  Trace: variants',
      '    Run: text',
    ]);
  });

  it('gives lists of scalars one line, of words a choice of many, and of settings a row an entry', () => {
    expect(drawn(z.array(z.union([z.int(), z.literal('pool')])), [8, 'pool'], 'widths')).toEqual(['Widths: list']);
    expect(drawn(z.array(z.enum(['a', 'b'])), ['a'], 'marks')).toEqual(['Marks: choices']);
    const instruments = z.array(
      z.union([z.enum(['gradient-norm', 'noise']), z.strictObject({ id: z.string(), every: z.int() })]),
    );
    const rows = rowsOf(describeField('instruments', instruments), ['noise', { id: 'top', every: 2 }], ['instruments']);
    expect(rows.map((row) => [row.label, row.control.kind, row.entry])).toEqual([
      ['Instruments', 'items', null],
      ['Entry 1', 'variants', ['instruments', 0]],
      ['Value', 'choice', null],
      ['Entry 2', 'variants', ['instruments', 1]],
      ['Id', 'text', null],
      ['Every', 'number', null],
    ]);
  });

  it('offers as JSON what it has no form for', () => {
    expect(drawn(z.record(z.string(), z.number()), {})).toEqual(['Thing: json']);
  });

  it('starts a new value with defaults, first choices, empty lists and empty places for the reader', () => {
    const { node } = describeField(
      'model',
      z.strictObject({
        kind: z.literal('vit'),
        heads: z.int(),
        norm: z.enum(['pre', 'post']),
        bias: z.boolean().default(true),
        widths: z.array(z.int()),
        source: traceSource,
        note: z.string().optional(),
      }),
    );
    expect(initialOf(node)).toEqual({
      kind: 'vit',
      heads: '',
      norm: 'pre',
      bias: true,
      widths: [],
      source: { run: '' },
    });
  });
});

describe('the run spec', () => {
  const fields = describeShape(runSpecShape);

  it('has a row for every setting of the present model', () => {
    const model = fields.find((field) => field.name === 'model');
    if (model === undefined) throw new Error('the run spec has no model');
    const rows = rowsOf(model, { kind: 'convnet', widths: [8, 'pool'] }, ['model']);
    expect(rows.map((row) => [row.key, row.control.kind])).toEqual([
      ['model', 'variants'],
      ['model.widths', 'list'],
      ['model.batchNorm', 'switch'],
    ]);
  });

  it('has a label, not a made-up one, for every common setting outside model and data', () => {
    const common = fields.filter(({ name }) => !['method', 'model', 'dataset'].includes(name));
    expect(common.filter((field) => !field.labelled).map(({ name }) => name)).toEqual([]);
  });

  it('says what an entry of the widths has to be', () => {
    const document = { model: { kind: 'convnet', widths: [8, 'pol'] } };
    const node = nodeAt(fields, document, ['model', 'widths', 1]);
    expect(node && expectationOf(node)).toBe('a whole number from 1 to 4,096 or pool');
  });
});
