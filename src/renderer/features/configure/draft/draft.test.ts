import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { methods } from '../../../../contracts/methods.ts';
import type { MethodId } from '../../../../contracts/methods.ts';
import { runSpec } from '../../../../contracts/run-spec.ts';
import { describeField, describeShape } from '../fields/field-tree.ts';
import type { VariantsNode } from '../fields/field-tree.ts';
import { toJsonObject } from '../fields/json.ts';
import type { JsonObject } from '../fields/json.ts';
import { sectionsOf } from '../form/sections.ts';
import {
  applyChanges,
  chooseMethod,
  chooseVariant,
  hasSetting,
  methodOf,
  setPresence,
  specFields,
  startDraft,
} from './draft.ts';
import type { Draft } from './draft.ts';
import { examine } from './examine.ts';
import { axesOf, combinationsOf, seedsOf } from './sweep.ts';

const fields = specFields;
const common = {
  model: { kind: 'convnet', widths: [8, 'pool'] },
  dataset: { id: 'fashion-mnist-small', trainSize: 500 },
  learningRate: 0.1,
  steps: 100,
};
const example = (spec: object): JsonObject => toJsonObject(runSpec.parse({ ...common, ...spec }));
const examples = [
  example({ method: 'small-batch', batchSize: 25 }),
  example({ method: 'large-batch', batchSize: 500, microBatchSize: 50 }),
  example({ method: 'gradient-norm', batchSize: 500, microBatchSize: 50, lambda: 0.03 }),
];

function choose(draft: Draft, id: MethodId, known = examples): Draft {
  const method = methods.find((candidate) => candidate.id === id);
  if (method === undefined) throw new Error(`there is no method ${id}`);
  return chooseMethod(draft, method, known);
}

describe('another method', () => {
  it('takes its own settings from an example of the same data, and the result is valid', () => {
    const large = startDraft(example({ method: 'large-batch', batchSize: 500, microBatchSize: 50 }));
    const penalised = choose(large, 'gradient-norm');
    expect(penalised.document).toMatchObject({ method: 'gradient-norm', lambda: 0.03, batchSize: 500 });
    expect(runSpec.safeParse(penalised.document).success).toBe(true);
    const small = choose(penalised, 'small-batch');
    expect(small.document).toMatchObject({ method: 'small-batch', batchSize: 25 });
    expect(small.document).not.toHaveProperty('lambda');
    expect(small.document).not.toHaveProperty('microBatchSize');
    expect(runSpec.safeParse(small.document).success).toBe(true);
  });

  it('puts back what a method had when it is chosen again', () => {
    let draft = startDraft(example({ method: 'gradient-norm', batchSize: 400, microBatchSize: 40, lambda: 0.5 }));
    draft = choose(draft, 'small-batch');
    draft = applyChanges(draft, [{ path: ['batchSize'], value: 10 }]);
    draft = choose(draft, 'gradient-norm');
    expect(draft.document).toMatchObject({ batchSize: 400, microBatchSize: 40, lambda: 0.5 });
    expect(choose(draft, 'small-batch').document).toMatchObject({ batchSize: 10 });
  });

  it('takes the micro-batch for the small batch where there is no example', () => {
    const draft = startDraft(example({ method: 'large-batch', batchSize: 500, microBatchSize: 50 }));
    expect(choose(draft, 'small-batch', []).document).toMatchObject({ batchSize: 50 });
  });

  it('keeps the sizes of the batch among the large-batch methods', () => {
    const draft = startDraft(example({ method: 'large-batch', batchSize: 300, microBatchSize: 30 }));
    expect(choose(draft, 'gradient-norm').document).toMatchObject({ batchSize: 300, microBatchSize: 30 });
  });

  it('begins with a form of its own settings that it does not refuse', () => {
    const settings = example({ method: 'large-batch', batchSize: 500, microBatchSize: 50 });
    const draft = startDraft({ ...settings, seed: [1, 2, 3], learningRate: [0.1, 0.2] });
    expect(choose(draft, 'external-grafting').document).toMatchObject({ learningRate: [0.1, 0.2], seed: [1, 2, 3] });
    expect(choose(draft, 'external-grafting').document).toMatchObject({ graft: { trace: { run: '' }, mode: 'hold' } });
    expect(choose(choose(draft, 'external-grafting'), 'large-batch').document).not.toHaveProperty('graft');
  });

  it('puts a plain learning rate back where the mean of a trace does not belong', () => {
    const rate = specFields.find(({ name }) => name === 'learningRate');
    if (rate?.node.kind !== 'variants') throw new Error('the learning rate has one form only');
    const plain = choose(
      startDraft(example({ method: 'large-batch', batchSize: 500, learningRate: 0.7 })),
      'normalized-gradient',
    );
    const traced = chooseVariant(plain, { path: ['learningRate'], node: rate.node, index: 1 }, []);
    expect(traced.document).toMatchObject({ learningRate: { trace: { run: '' } } });
    expect(choose(traced, 'large-batch').document).toMatchObject({ learningRate: 0.7 });
  });

  it.each(methods.map(({ id }) => id))('shows a row for everything that is said about a fresh %s', (id) => {
    const draft = choose(startDraft(example({ method: 'large-batch', batchSize: 500, microBatchSize: 50 })), id);
    const rows = sectionsOf(specFields, draft.document, methodOf(draft.document)).flatMap((section) => section.rows);
    const { findings } = examine(draft.document, { datasets: [], cores: 2, examples });
    for (const { path, severity } of findings) {
      if (severity === 'error') expect(rows.map(({ key }) => key)).toContain(path.join('.'));
    }
  });

  it('changes nothing when it is the present one', () => {
    const draft = startDraft(examples[0] ?? {});
    expect(choose(draft, 'small-batch')).toBe(draft);
  });

  it('has exactly the settings that the table of methods says', () => {
    for (const method of methods) {
      const own: readonly string[] = method.fields;
      expect(hasSetting(method, 'lambda')).toBe(own.includes('lambda'));
    }
    expect(hasSetting(methods[0], 'steps')).toBe(true);
  });
});

describe('another form of a union', () => {
  const node = (schema: z.ZodType): VariantsNode => {
    const described = describeField('x', schema).node;
    if (described.kind !== 'variants') throw new Error('expected variants');
    return described;
  };
  const source = node(
    z.union([
      z.number(),
      z.strictObject({ run: z.string(), column: z.string() }),
      z.strictObject({ file: z.string(), column: z.string(), hold: z.boolean().default(true) }),
    ]),
  );
  const chosen = (draft: Draft, index: number): Draft => chooseVariant(draft, { path: ['x'], node: source, index }, []);

  it('carries over what both forms share, fills in defaults, and puts back what was there', () => {
    const byRun = startDraft({ x: { run: 'abc', column: 'norm' } });
    const byFile = chosen(byRun, 2);
    expect(byFile.document).toEqual({ x: { file: '', column: 'norm', hold: true } });
    expect(chosen(byFile, 1).document).toEqual({ x: { run: 'abc', column: 'norm' } });
  });

  it('leaves a number empty for the reader to say', () => {
    expect(chosen(startDraft({ x: { run: 'abc', column: 'norm' } }), 0).document).toEqual({ x: '' });
  });

  it('takes the widths of a known net of that kind', () => {
    const model = fields.find((field) => field.name === 'model');
    if (model?.node.kind !== 'variants') throw new Error('the run spec has no models');
    const draft = startDraft({ model: { kind: 'mlp', widths: [64] } });
    const next = chooseVariant(draft, { path: ['model'], node: model.node, index: 1 }, examples);
    expect(next.document).toEqual({ model: { kind: 'convnet', widths: [8, 'pool'], batchNorm: false } });
  });

  it('switches an optional group on with its defaults, off, and on again as it was', () => {
    const field = describeField('c', z.strictObject({ every: z.int(), best: z.boolean().default(true) }).optional());
    const set = (draft: Draft, present: boolean): Draft => setPresence(draft, { path: ['c'], field, present }, []);
    const on = set(startDraft({}), true);
    expect(on.document).toEqual({ c: { every: '', best: true } });
    const changed = applyChanges(on, [{ path: ['c', 'every'], value: 5 }]);
    expect(set(changed, false).document).toEqual({});
    expect(set(set(changed, false), true).document).toEqual({ c: { best: true, every: 5 } });
  });
});

describe('a sweep', () => {
  it('has an axis for every number that is a list, but not for lists by nature or for seeds', () => {
    const document = { ...common, dataset: { id: 'a', trainSize: [100, 200] }, learningRate: [0.1, 0.2], seed: [1, 2] };
    expect(axesOf(fields, document).map(({ key, label, values }) => [key, label, values])).toEqual([
      ['dataset.trainSize', 'Training images', [100, 200]],
      ['learningRate', 'Learning rate', [0.1, 0.2]],
    ]);
    expect(seedsOf(document)).toEqual([1, 2]);
    expect(seedsOf({})).toEqual([1]);
  });

  it('makes every combination once', () => {
    const document = { a: [1, 2], b: [3, 4], c: 5 };
    const schema = { a: z.number(), b: z.number(), c: z.number() };
    const axes = axesOf(describeShape(schema), document);
    expect(combinationsOf(document, axes).map((combination) => combination.document)).toEqual([
      { a: 1, b: 3, c: 5 },
      { a: 1, b: 4, c: 5 },
      { a: 2, b: 3, c: 5 },
      { a: 2, b: 4, c: 5 },
    ]);
    expect(combinationsOf({ c: 1 }, [])).toEqual([{ document: { c: 1 }, values: [] }]);
  });

  it('stops counting soon after what can be queued', () => {
    const many = Array.from({ length: 500 }, (_, index) => index);
    const schema = { a: z.number(), b: z.number(), c: z.number() };
    const document = { a: many, b: many, c: many };
    expect(combinationsOf(document, axesOf(describeShape(schema), document))).toHaveLength(1001);
  });
});
