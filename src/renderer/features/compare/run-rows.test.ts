import { describe, expect, it } from 'vitest';
import { runOf } from '../../../../test/comparison-runs.ts';
import { groupRuns } from './grouping.ts';
import { runRows, sparkRange, Sparks } from './run-rows.ts';
import { groupKey } from './view-state.ts';

describe('rows of the run table', () => {
  const groups = groupRuns([runOf('small-batch', 1, 79), runOf('small-batch', 2, 78), runOf('large-batch', 1, 76)]);

  it('are the groups, and the seeds of those that are open', () => {
    const open = groups.slice(0, 1).map(({ id }) => groupKey(id));
    expect(runRows(groups, []).map(({ kind }) => kind)).toEqual(['group', 'group']);
    expect(runRows(groups, open).map(({ kind }) => kind)).toEqual(['group', 'seed', 'seed', 'group']);
  });
});

describe('small curves', () => {
  const curve = (values: number[]) => ({ x: Float64Array.from(values.keys()), y: Float64Array.from(values) });

  it('are the mean over seeds, thinned, the same object until a seed grows', () => {
    const sparks = new Sparks();
    const seeds = [curve(Array.from({ length: 1000 }, () => 1)), curve(Array.from({ length: 1000 }, () => 3))];
    const points = sparks.of('a', seeds);
    expect(points.length).toBeLessThan(80);
    expect(points.every(([, y]) => y === 2)).toBe(true);
    expect(sparks.of('a', seeds)).toBe(points);
  });

  it('share a range without the climb at the start', () => {
    const points = [10, 80, 90, 91, 92, 92, 92, 92, 93].map((y, x) => [x, y] as const);
    expect(sparkRange([points])).toEqual([80, 93]);
    expect(sparkRange([])).toBeUndefined();
  });
});
