import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../contracts/run-record.ts';
import { recordFixture } from '../library/run-fixture.ts';
import { compareRuns } from './comparison.ts';

const metric = 'validation/accuracy';
const trained = (seed: number, value: number): RunRecord => {
  const record = recordFixture({ id: `own-${String(seed)}`, best: { step: 1, [metric]: value } });
  return { ...record, spec: { ...record.spec, seed } };
};
const imported = (id: string, settings: Record<string, string | number>, value: number): RunRecord => ({
  ...recordFixture({ id, groupHash: id, best: { step: 1, [metric]: value } }),
  spec: null,
  origin: {
    ...{ kind: 'imported', tool: 'wandb', file: 'run.wandb', sha256: '0'.repeat(64), importedAt: '', part: null },
    ...{ settings, renamed: [], notes: [] },
  },
});

describe('a comparison of imported runs', () => {
  const runs = [
    trained(1, 0.5),
    trained(2, 0.6),
    imported('stated', { test: 'Vanilla', random_seed: 3 }, 0.7),
    imported('silent', { optimizer: 'adam', seed: 4 }, 0.2),
  ];

  it('by method puts those that state one with their method, the others by themselves', () => {
    const { groups } = compareRuns(runs, metric, 'method');
    expect(groups.map(({ group, n }) => [group, n])).toEqual([
      ['small-batch', 3],
      ['imported-silent', 1],
    ]);
  });

  it('by setting leaves all of them by themselves', () => {
    const { groups } = compareRuns(runs, metric);
    expect(groups.map(({ group, n }) => [group, n])).toEqual([
      ['small-batch', 2],
      ['imported-stated', 1],
      ['imported-silent', 1],
    ]);
  });

  it('pairs by the seed that a run states, under whatever name', () => {
    const other = imported('other', { manual_seed: 3 }, 0.9);
    const { paired } = compareRuns([...runs, other], metric, 'method');
    expect(paired.find(({ a, b }) => a === 'small-batch' && b === 'imported-other')).toMatchObject({ n: 1 });
  });
});
