import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runSpec, runSpecShape } from '../../../../contracts/run-spec.ts';
import { describeShape } from '../fields/field-tree.ts';
import type { JsonObject } from '../fields/json.ts';
import { applyChanges, startDraft } from './draft.ts';
import { schemaFindings, seedFindings } from './findings.ts';
import type { Finding, Remedy } from './findings.ts';
import { refusalFinding } from './refusal.ts';
import { checkSettings, fromExamples, nearestDivisors } from './setting-checks.ts';
import { axesOf, combinationsOf } from './sweep.ts';

const fields = describeShape(runSpecShape);
const valid: JsonObject = {
  method: 'gradient-norm',
  model: { kind: 'convnet', widths: [8, 'pool'] },
  dataset: { id: 'small', trainSize: 500 },
  batchSize: 500,
  microBatchSize: 50,
  learningRate: 0.1,
  lambda: 0.03,
  steps: 100,
};
const surroundings = {
  datasets: [
    {
      id: 'small',
      label: 'Small images',
      classes: ['a', 'b'],
      imageShape: [1, 28, 28] satisfies [number, number, number],
      trainImages: 6000,
      validationImages: 2000,
      validationNote: '',
      licence: '',
    },
  ],
  cores: 2,
  examples: [valid],
};

function schemaSays(document: JsonObject): Finding[] {
  const axes = axesOf(fields, document);
  return schemaFindings(runSpec, fields, combinationsOf(document, axes), axes);
}

const said = (findings: readonly Finding[]): string[] =>
  findings.map(({ path, lead, detail }) => `${path.join('.')}: ${lead}${detail === '' ? '' : ` ${detail}`}`);
const labels = (finding: Finding | undefined): string[] => finding?.remedies.map(({ label }) => label) ?? [];
const cure = (document: JsonObject, remedy: Remedy | undefined): JsonObject =>
  applyChanges(startDraft(document), remedy?.changes ?? []).document;

describe('what the schema says', () => {
  it('is silent about a valid spec', () => {
    expect(schemaSays(valid)).toEqual([]);
  });

  it('names the word that is no number and offers the decimal point', () => {
    expect(said(schemaSays({ ...valid, steps: '10x' }))).toEqual(['steps: “10x” is not a whole number.']);
    const [finding] = schemaSays({ ...valid, learningRate: '0,05' });
    expect(finding?.lead).toBe('“0,05” is not a number.');
    expect(labels(finding)).toEqual(['Use 0.05']);
    expect(schemaSays(cure({ ...valid, learningRate: '0,05' }, finding?.remedies[0]))).toEqual([]);
  });

  it('says what is expected, with the limit as a remedy', () => {
    const [finding] = schemaSays({ ...valid, steps: 0 });
    expect(finding?.lead).toBe('Expected at least 1.');
    expect(labels(finding)).toEqual(['Use 1']);
    expect(said(schemaSays({ ...valid, learningRate: '' }))).toEqual([
      'learningRate: This is needed. Expected a number above 0.',
    ]);
  });

  it('points at the entry of a list that does not fit', () => {
    const findings = schemaSays({ ...valid, model: { kind: 'convnet', widths: [8, 'pol'] } });
    expect(said(findings)).toEqual(['model.widths.1: “pol”: expected a whole number from 1 to 4,096 or pool.']);
  });

  it('names a setting that does not exist and can leave it out', () => {
    const document = { ...valid, momentum: 0.9 };
    const [finding] = schemaSays(document);
    expect(finding?.lead).toBe('There is no setting momentum here.');
    expect(cure(document, finding?.remedies[0])).toEqual(valid);
  });

  it('names the value of a sweep that does not fit, once over all combinations', () => {
    const findings = schemaSays({ ...valid, lambda: [0.01, -1], learningRate: [0.1, 0.2] });
    expect(said(findings)).toEqual(['lambda: −1: expected a number from 0.']);
  });

  it('cures what a method must not have, and what it lacks from an example of it', () => {
    const unwanted = { ...valid, method: 'large-batch' };
    const [tooMuch] = schemaSays(unwanted);
    expect(labels(tooMuch)).toEqual(['Leave it out']);
    expect(schemaSays(cure(unwanted, tooMuch?.remedies[0]))).toEqual([]);
    const { lambda, ...lacking } = valid;
    expect(lambda).toBe(0.03);
    const [missing] = schemaSays(lacking).map((finding) => fromExamples(finding, lacking, surroundings.examples));
    expect(labels(missing)).toEqual(['Use 0.03 as in the preset']);
    expect(schemaSays(cure(lacking, missing?.remedies[0]))).toEqual([]);
  });

  it('cures a small batch that was given another micro-batch', () => {
    const { lambda, ...rest } = valid;
    expect(lambda).toBe(0.03);
    const document = { ...rest, method: 'small-batch', batchSize: 25 };
    const [finding] = schemaSays(document);
    expect(finding?.path).toEqual(['microBatchSize']);
    expect(schemaSays(cure(document, finding?.remedies[0]))).toEqual([]);
  });

  it('works for a schema that nobody foresaw', () => {
    const shape = { heads: z.int().min(1).max(12), norm: z.enum(['pre', 'post']).default('pre'), name: z.string() };
    const schema = z.strictObject(shape);
    const own = describeShape(shape);
    const findings = schemaFindings(schema, own, [{ document: { heads: 40, norm: 'mid' }, values: [] }], []);
    expect(findings.map((finding) => [finding.path.join('.'), finding.lead, labels(finding)])).toEqual([
      ['heads', 'Expected a whole number from 1 to 12.', ['Use 12']],
      ['norm', 'Expected pre or post.', ['Use pre']],
      ['name', 'This is needed.', []],
    ]);
  });
});

describe('seeds', () => {
  const field = fields.find(({ name }) => name === 'seed');
  if (field === undefined) throw new Error('the run spec has no seed');

  it('are checked one by one, and at least one is needed', () => {
    expect(seedFindings(field, [1, 2, 3])).toEqual([]);
    expect(said(seedFindings(field, [1, -2]))).toEqual(['seed: −2: expected a whole number from 0 to 4,294,967,295.']);
    expect(said(seedFindings(field, ['1..x']))).toEqual(['seed: “1..x” is not a whole number.']);
    expect(labels(seedFindings(field, [])[0])).toEqual(['Use 1']);
  });
});

describe('what the schema cannot know', () => {
  const check = (change: JsonObject): Finding[] => checkSettings({ ...valid, ...change }, surroundings);

  it('has nothing against a good setting', () => {
    expect(check({})).toEqual([]);
  });

  it('warns of a batch that its micro-batches do not divide, with sizes that do', () => {
    const dataset = { id: 'small' };
    const [finding, mark] = check({ batchSize: 5120, microBatchSize: 100, dataset });
    expect(finding).toMatchObject({
      severity: 'warning',
      path: ['batchSize'],
      lead: '5,120 is not a multiple of 100.',
      detail: 'Each step would average 52 micro-batches, 5,200 images.',
    });
    expect(labels(finding)).toEqual(['Use 80', 'Use 128']);
    expect(mark).toMatchObject({ path: ['microBatchSize'], lead: '' });
    const cured = cure({ ...valid, batchSize: 5120, microBatchSize: 100, dataset }, finding?.remedies[1]);
    expect(checkSettings(cured, surroundings)).toEqual([]);
  });

  it('says what the odd micro-batch weighs when a step is a whole epoch', () => {
    expect(check({ microBatchSize: 64 })[0]?.detail).toBe(
      'The last micro-batch of a step has 52 images and weighs as much as a full one.',
    );
  });

  it('offers no divisor that would be another experiment', () => {
    expect(nearestDivisors(5120, 100)).toEqual([80, 128]);
    expect(nearestDivisors(499, 50)).toEqual([]);
  });

  it.each([
    [{ batchSize: 600 }, 'batchSize', 'There are only 500 training images.', 'Use 500'],
    [
      { dataset: { id: 'small', trainSize: 7000 } },
      'dataset.trainSize',
      'Small images has 6,000 training images.',
      'Use 6,000',
    ],
    [
      { dataset: { id: 'small', resize: 32 } },
      'dataset.resize',
      'Images of Small images are 28 pixels a side.',
      'Leave it out',
    ],
    [{ dataset: { id: 'other' } }, 'dataset.id', 'There is no data set other here.', 'Use small'],
    [{ threads: 8 }, 'threads', 'This machine has 2 cores.', 'Use 2'],
    [{ lambda: 0 }, 'lambda', 'λ is 0.', 'Choose large batch'],
    [{ logEvery: 200 }, 'logEvery', 'The run has only 100 steps.', 'Use 5'],
  ] satisfies [JsonObject, string, string, string][])('has against %j', (change, path, lead, remedy) => {
    const [finding] = check(change);
    expect(finding?.path.join('.')).toBe(path);
    expect(finding?.lead).toBe(lead);
    expect(labels(finding)[0]).toBe(remedy);
    expect(check(cure({ ...valid, ...change }, finding?.remedies[0]))).toEqual([]);
  });
});

describe('what the engine has against a spec', () => {
  it('stands beside the setting that its code speaks about', () => {
    const finding = refusalFinding({
      code: 'model/too-many-pools',
      message: 'a 1x1 map cannot be pooled again',
      expected: 'larger images',
    });
    expect(finding).toMatchObject({
      severity: 'error',
      path: ['model'],
      lead: 'A 1x1 map cannot be pooled again.',
      detail: 'Expected larger images.',
    });
  });

  it('is nothing where the engine could not be asked', () => {
    expect(refusalFinding({ code: 'probe/died', message: 'the probe ended' })).toBeNull();
  });
});
