import { describe, expect, it } from 'vitest';
import { tinySpec } from '../../../../../test/open-lab.ts';
import { specFields } from '../../configure/draft/draft.ts';
import { toJsonObject } from '../../configure/fields/json.ts';
import type { AxisRow } from './axis-text.ts';
import { axisPaths, readSweep, startBuilder } from './builder.ts';

const document = { ...toJsonObject(tinySpec), learningRate: [0.1, 0.2], seed: [1, 2] };
const whole = { name: '', sample: null, sampleSeed: 1 };
const row = (path: string, text: string, kind: AxisRow['kind'] = 'values', key = 0): AxisRow => ({
  key,
  path,
  kind,
  text,
});

describe('a builder', () => {
  it('begins with the spec of the form, its lists and its seeds as axes', () => {
    const { base, rows } = startBuilder(specFields, document);
    expect(base).toEqual({ ...toJsonObject(tinySpec), learningRate: 0.1, seed: 1 });
    expect(rows.map(({ path, text }) => [path, text])).toEqual([
      ['learningRate', '0.1, 0.2'],
      ['seed', '1, 2'],
    ]);
    const read = readSweep(base, rows, whole);
    expect('definition' in read ? read.definition.axes : null).toEqual({ learningRate: [0.1, 0.2], seed: [1, 2] });
  });

  it('offers every field, also those inside groups', () => {
    const paths = axisPaths(specFields, toJsonObject(tinySpec)).map(({ path }) => path);
    for (const path of ['method', 'model', 'model.widths', 'dataset.trainSize', 'learningRate', 'steps', 'seed']) {
      expect(paths).toContain(path);
    }
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('says at each line what is wrong with it', () => {
    const rows = [
      row('', '1', 'values', 0),
      row('steps', '5', 'values', 1),
      row('steps', '6', 'values', 2),
      row('lambda', '0.1, 1', 'uniform', 3),
      row('batchSize', '', 'values', 4),
    ];
    const read = readSweep({}, rows, whole);
    expect('problems' in read ? [...read.problems.keys()] : []).toEqual([0, 2, 3, 4]);
  });

  it('draws where it is told how many', () => {
    const read = readSweep({}, [row('lambda', '0.001, 1', 'log-uniform')], { name: 'Draws', sample: 5, sampleSeed: 3 });
    expect('definition' in read ? read.definition : null).toEqual({
      ...{ base: {}, name: 'Draws', sample: 5, sampleSeed: 3 },
      axes: { lambda: { logUniform: [0.001, 1] } },
    });
  });
});
