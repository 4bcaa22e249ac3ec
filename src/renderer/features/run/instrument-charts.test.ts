import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import { instrumentIds, instruments } from '../../../contracts/instruments.ts';
import { instrumentFacets, instrumentShareWords } from './instrument-charts.ts';
import { seriesOf } from './run-curves.ts';

describe('the charts of the instruments of a run', () => {
  it('are those that it measures with, and none where it measures nothing', () => {
    const measured = runOf('large-batch', 1, 80, { instruments: ['hessian-top', { id: 'fisher-trace', every: 5 }] });
    expect(instrumentFacets(measured).map(({ title }) => title)).toEqual(['Fisher trace', 'Top Hessian eigenvalue']);
    expect(instrumentFacets(runOf('large-batch', 1, 80))).toEqual([]);
    expect(instrumentFacets({ spec: null })).toEqual([]);
  });

  it.each(instruments)('draw what $id records', ({ id, series }) => {
    const drawn = seriesOf(instrumentFacets(runOf('gradient-norm', 1, 80, { instruments: [id] })));
    expect(drawn.length).toBeGreaterThan(0);
    expect(series).toEqual(expect.arrayContaining(drawn));
  });

  it('have each a title of its own', () => {
    const titles = instrumentFacets(runOf('gradient-norm', 1, 80, { instruments: [...instrumentIds] })).map(
      ({ title }) => title,
    );
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('the time that instruments take', () => {
  const spec = runOf('large-batch', 1, 80, { instruments: ['update-to-weight', 'fisher-trace', 'hessian-top'] }).spec;

  it('is said in all and of each, the costliest first', () => {
    const final = {
      'system/instrument_share/update-to-weight': 0.0004,
      'system/instrument_share/hessian-top': 0.25,
      'system/instrument_share/fisher-trace': 0.031,
    };
    expect(instrumentShareWords({ spec, final }).replaceAll('\u202f', ' ')).toBe(
      '28 % of the time: top Hessian eigenvalue 25 %, Fisher trace 3.1 %, update-to-weight ratio under 0.1 %',
    );
  });

  it('is not told before the first measurement', () => {
    expect(instrumentShareWords({ spec, final: {} })).toBe('');
  });
});
