import { describe, expect, it } from 'vitest';
import { seriesDescription } from '../../../contracts/series.ts';
import { runOf } from '../../../../test/comparison-runs.ts';
import { groupRuns } from './grouping.ts';
import { formatTick, unitWords } from './series-format.ts';
import type { ValueRow } from './values-at.ts';
import { valueBlocks, valueCell } from './values-table.ts';

const [group] = groupRuns([runOf('gradient-norm', 1, 77)]);
if (group === undefined) throw new Error('no group');

const accuracy = seriesDescription('validation/accuracy');
const loss = seriesDescription('train/loss');
const norm = seriesDescription('train/micro_gradient_norm_squared');
const penalty = seriesDescription('train/penalty_lambda');
const series = [
  { series: accuracy, logarithmic: false },
  { series: loss, logarithmic: true },
  { series: norm, logarithmic: true },
  { series: penalty, logarithmic: true },
];
const row: ValueRow = {
  group,
  n: 3,
  cells: [
    { summary: { n: 3, mean: 0.8998, std: 0.0037, ci95: null }, ratio: 0.98 },
    { summary: { n: 3, mean: 0.0123, std: 0.0013, ci95: null }, ratio: 1.6 },
    { summary: { n: 3, mean: 4.79, std: 0.3, ci95: null }, ratio: 1.05 },
    null,
  ],
  difference: { n: 3, mean: -0.0146, std: 0.001, ci95: [-0.0177, 0.0015] },
  isBaseline: false,
  live: false,
  end: 100,
  begins: null,
};

const written = (values: ValueRow): string[] =>
  valueBlocks(series, [values], true).flatMap((block) =>
    block.columns.map((column) => valueCell(values, column, block.series).text),
  );

describe('a row of the values table', () => {
  it('has the first series in full, in percent and points, the others in short', () => {
    expect(written(row)).toEqual([
      '89.98',
      '± 0.37',
      '−1.46',
      '−1.77 to +0.15',
      '',
      '0.0123',
      '± 0.0013',
      '4.79',
      '× 1.05',
      'none',
    ]);
  });

  it('calls the baseline the reference and gives it no interval', () => {
    const baseline = written({ ...row, isBaseline: true, difference: null });
    expect(baseline.slice(2, 4)).toEqual(['reference', '']);
  });

  it('says why there is no difference or no interval', () => {
    expect(written({ ...row, difference: null }).slice(2, 4)).toEqual(['no shared seed', '']);
    const few = written({ ...row, difference: { n: 2, mean: 0.01, std: 0.001, ci95: null } });
    expect(few.slice(2, 4)).toEqual(['+1.00', 'none, n = 2']);
  });

  it('gives no spread to a single seed', () => {
    const single = {
      ...row,
      cells: [{ summary: { n: 1, mean: 0.9, std: null, ci95: null }, ratio: null }, null, null, null],
    };
    expect(written(single).slice(0, 2)).toEqual(['90.00', '']);
  });

  it('leaves the picture out where there is no room for it', () => {
    expect(valueBlocks(series, [row], false)[0]?.columns.map(({ kind }) => kind)).toEqual([
      'mean',
      'std',
      'difference',
      'interval',
    ]);
  });
});

describe('labels of y', () => {
  it('are percent for shares, with the decimals that their axis needs', () => {
    expect(formatTick(accuracy, false, 0.84, 2)).toBe('84');
    expect(formatTick(accuracy, false, 0.845, 3)).toBe('84.5');
  });

  it('are short on a logarithmic axis, and powers of ten where they would be long', () => {
    expect([1000, 3, 0.03, 0.001].map((value) => formatTick(loss, true, value, 0))).toEqual([
      '1,000',
      '3',
      '0.03',
      '0.001',
    ]);
    expect([1e-5, 3e-4, 2e7].map((value) => formatTick(loss, true, value, 0))).toEqual(['10⁻⁵', '3·10⁻⁴', '2·10⁷']);
  });

  it('keep their decimals on a logarithmic axis so short that they stand at equal distances', () => {
    expect([1.8, 1.85, 2.3].map((value) => formatTick(loss, true, value, 2))).toEqual(['1.80', '1.85', '2.30']);
  });

  it('have their unit beside the name of the chart', () => {
    expect([unitWords(accuracy, false), unitWords(loss, true), unitWords(norm, true)]).toEqual([
      '%',
      'nats, log',
      'squared, log',
    ]);
  });
});
