import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LibraryRetention } from '../../contracts/checkpoints.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import { contextFixture, stateFixture } from '../../library/checkpoints/state-fixture.ts';
import { planPruning } from './library-retention.ts';

/** Bytes of a state of the fixture: three tensors, of which two are the same in every state of a run. */
const [changing, fixed] = [8, 12 + 4];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-retention-'));
  for (const run of ['a', 'b']) await mkdir(join(folder, run));
  // Turn by turn, so that the age of a checkpoint says nothing of its run.
  for (const step of [1, 2, 3]) for (const run of ['a', 'b']) await save(run, step);
});
afterEach(() => rm(folder, { recursive: true }));

async function save(run: string, step: number): Promise<void> {
  const store = new CheckpointStore(join(folder, run));
  await store.write(stateFixture(step), contextFixture({ reasons: ['scheduled'] }));
  // Two states of the same millisecond have no order.
  await new Promise((resume) => setTimeout(resume, 3));
}

async function planned(rule: LibraryRetention): Promise<Record<string, number[]>> {
  const plans = await planPruning(
    ['a', 'b', 'empty'].map((run) => ({ run, folder: join(folder, run) })),
    rule,
  );
  return Object.fromEntries(plans.map(({ run, remove }) => [run, remove.map(({ step }) => step)]));
}

describe('a rule for many runs', () => {
  it('does to each run what it does to one, and leaves out those without checkpoints', async () => {
    expect(await planned({ every: 2 })).toEqual({ a: [1], b: [1] });
    expect(await planned({})).toEqual({ a: [1, 2], b: [1, 2] });
  });

  it('removes, above the budget of all together, the oldest of whichever run until it fits', async () => {
    const whole = 2 * (fixed + 3 * changing);
    expect(await planned({ every: 1, totalBytes: whole })).toEqual({ a: [], b: [] });
    expect(await planned({ every: 1, totalBytes: whole - 1 })).toEqual({ a: [1], b: [] });
    expect(await planned({ every: 1, totalBytes: whole - 2 * changing })).toEqual({ a: [1], b: [1] });
    expect(await planned({ every: 1, totalBytes: whole - 2 * changing - 1 })).toEqual({ a: [1, 2], b: [1] });
  });

  it('keeps the last of every run above any budget, and says what stays', async () => {
    const plans = await planPruning([{ run: 'a', folder: join(folder, 'a') }], { every: 1, totalBytes: 0 });
    expect(plans).toMatchObject([
      { run: 'a', keep: [{ step: 3 }], bytesBefore: fixed + 3 * changing, bytesAfter: fixed + changing },
    ]);
  });
});
