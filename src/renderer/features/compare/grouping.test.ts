import { describe, expect, it } from 'vitest';
import { groupBest, groupRuns, latestSetting } from './grouping.ts';
import { runOf } from '../../../../test/comparison-runs.ts';

describe('groups of runs', () => {
  const runs = [
    runOf('large-batch', 1, 76),
    runOf('small-batch', 2, 79),
    runOf('small-batch', 1, 78),
    runOf('gradient-norm', 1, 77),
    runOf('gradient-norm', 1, 77.5, { lambda: 0.1 }),
    runOf('gradient-norm', 2, null, { lambda: 0.2 }),
  ];
  const groups = groupRuns(runs);

  it('hold the seeds of one setting, the best group first and those without a value last', () => {
    expect(groups.map(({ label, runs: members }) => [label, members.map(({ spec }) => spec?.seed)])).toEqual([
      ['Small batch', [1, 2]],
      ['Gradient norm, λ 0.1', [1]],
      ['Gradient norm, λ 0.03', [1]],
      ['Large batch', [1]],
      ['Gradient norm, λ 0.2', [2]],
    ]);
  });

  it('keep the colour of the method and tell its settings apart by dash and short name', () => {
    const penalised = groups.filter(({ method }) => method === 'gradient-norm');
    expect(new Set(penalised.map(({ series }) => series)).size).toBe(1);
    expect(new Set(penalised.map(({ dash }) => dash)).size).toBe(3);
    expect(penalised.map(({ shortLabel }) => shortLabel)).toEqual(['gn2', 'gn1', 'gn3']);
  });

  it('keep their dash when a better setting comes later', () => {
    const later = groupRuns([...runs, runOf('gradient-norm', 1, 90, { lambda: 0.5 })]);
    for (const group of groups) expect(later.find(({ id }) => id === group.id)?.dash).toBe(group.dash);
  });

  it('name the settings that differ, and always the batch size', () => {
    const settings = new Map(groups.map((group) => [group.label, group.settings]));
    expect(settings.get('Small batch')).toEqual([{ name: 'batch', value: '25' }]);
    expect(settings.get('Gradient norm, λ 0.1')).toEqual([
      { name: 'batch', value: '500' },
      { name: 'λ', value: '0.1' },
      { name: 'micro', value: '50' },
    ]);
  });

  it('are named by no more settings than tell them apart', () => {
    const named = groupRuns([
      runOf('gradient-norm', 1, 70, { lambda: 0.1, microBatchSize: 50 }),
      runOf('gradient-norm', 1, 60, { lambda: 0.01, microBatchSize: 25 }),
      runOf('gradient-norm', 1, 50, { lambda: 0.01, microBatchSize: 10 }),
    ]);
    expect(named.map(({ label }) => label)).toEqual([
      'Gradient norm, λ 0.1',
      'Gradient norm, λ 0.01, micro 25',
      'Gradient norm, λ 0.01, micro 10',
    ]);
  });

  it('name a setting of a nested field in words', () => {
    const [first] = groupRuns([
      runOf('small-batch', 1, 70, { model: { kind: 'convnet', widths: [8, 'pool'], batchNorm: true } }),
      runOf('small-batch', 1, 60),
    ]);
    expect(first?.label).toBe('Small batch, batch norm on');
  });

  it('have mean and standard deviation of the best, with one seed no deviation', () => {
    const best = groupBest(groups[0]?.runs ?? []);
    expect(best?.n).toBe(2);
    expect(best?.mean).toBeCloseTo(0.785, 12);
    expect(best?.std).toBeCloseTo(0.01 / Math.SQRT2, 12);
    expect(groupBest(groups[1]?.runs ?? [])).toEqual({ n: 1, mean: 0.775, std: null });
    expect(groupBest(groups[4]?.runs ?? [])).toBeNull();
  });
});

describe('what is compared when nothing was chosen', () => {
  it('is everything with the data and the model of the newest run', () => {
    const old = runOf('small-batch', 1, 70, { dataset: { id: 'fashion-mnist-small', trainSize: 100 }, batchSize: 10 });
    const [a, b] = [runOf('small-batch', 1, 70), runOf('large-batch', 1, 70)];
    expect(latestSetting([a, old, b])).toEqual([a, b]);
    expect(latestSetting([])).toEqual([]);
  });
});
