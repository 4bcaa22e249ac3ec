import { expect, it } from 'vitest';
import { sweepDefinition } from './sweeps.ts';

it('says of ten thousand seeds by mistake that they are too many', () => {
  const seed = [...Array.from({ length: 10_000 }).keys()];
  const { error } = sweepDefinition.safeParse({ base: {}, axes: { seed } });
  expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
    [['axes', 'seed'], 'expected at most 1000 values, not 10000'],
  ]);
});
