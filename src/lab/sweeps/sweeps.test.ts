import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasEnded, openTestLab, tinySpec, untilRun } from '../../../test/open-lab.ts';
import { sweepDefinition } from '../../contracts/sweeps.ts';
import type { SweepDefinition } from '../../contracts/sweeps.ts';
import type { Lab } from '../lab.ts';

let folder: string;
let lab: Lab;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-sweeps-'));
  ({ lab } = await openTestLab(folder));
});
afterEach(async () => {
  await lab.close();
  rmSync(folder, { recursive: true, force: true });
});

const sweepOf = (axes: object, more: object = {}): SweepDefinition =>
  sweepDefinition.parse({ base: tinySpec, axes, ...more });
const create = (definition: SweepDefinition, again = false) => lab.handlers['sweeps.create']({ definition, again });
const preview = (definition: SweepDefinition, again = false) => lab.handlers['sweeps.preview']({ definition, again });

describe('a sweep', () => {
  it('names its runs in words, also where a setting has fields', async () => {
    await lab.handlers['queue.pause'](null);
    const { created } = await create(
      sweepOf({ seed: [1] }, { settings: [{ method: 'iterative-grafting', graft: { norm: 'mean' } }] }),
    );
    expect(created.map(({ name }) => name)).toEqual(['Iterative grafting, graft norm mean, seed 1']);
  });

  it('queues every run, each with its id, its own name and a setting that replicates share', async () => {
    await lab.handlers['queue.pause'](null);
    const { sweep, created } = await create(sweepOf({ learningRate: [0.1, 0.2], seed: [1, 2] }, { name: 'Rates' }));
    expect(created.map(({ name, sweep: of }) => [name, of])).toEqual([
      ['Small batch, learning rate 0.1, seed 1', sweep.id],
      ['Small batch, learning rate 0.2, seed 1', sweep.id],
      ['Small batch, learning rate 0.1, seed 2', sweep.id],
      ['Small batch, learning rate 0.2, seed 2', sweep.id],
    ]);
    expect(sweep.settings).toEqual([
      { groupHash: created[0]?.groupHash, values: { learningRate: 0.1 } },
      { groupHash: created[1]?.groupHash, values: { learningRate: 0.2 } },
    ]);
    expect((await lab.handlers['queue.read'](null)).entries.map(({ run }) => run)).toEqual(created.map(({ id }) => id));
    await lab.close();
    ({ lab } = await openTestLab(folder, { trains: 'nothing' }));
    expect(await lab.handlers['sweeps.list'](null)).toEqual({ sweeps: [sweep], damaged: [] });
    expect(await lab.handlers['runs.get']({ run: String(created[3]?.id) })).toMatchObject({ sweep: sweep.id });
  });

  it('with one setting that is not valid, or that its data set cannot give, queues none', async () => {
    const bad = sweepOf({ 'dataset.trainSize': [64, 6001, 8], learningRate: [0.1, -1] });
    await expect(create(bad)).rejects.toMatchObject({
      code: 'sweep/invalid',
      message: expect.stringMatching(
        /^5 settings .*trainSize is 6001.*learningRate: expected.*batchSize: expected/,
      ) as string,
    });
    expect((await preview(bad)).problems.length).toBeGreaterThanOrEqual(3);
    expect(await lab.handlers['runs.list'](null)).toEqual([]);
    expect((await lab.handlers['sweeps.list'](null)).sweeps).toEqual([]);
  });

  it('takes in runs that exist already, unless it is to train them again; failed ones do not count', async () => {
    await lab.handlers['queue.pause'](null);
    const [standing] = await lab.handlers['runs.create']({ spec: tinySpec, seeds: [1] });
    const [stopped] = await lab.handlers['runs.create']({ spec: tinySpec, seeds: [2] });
    await lab.handlers['runs.stop']({ run: String(stopped?.id) });
    const definition = sweepOf({ seed: [1, 2, 3] });
    expect(await preview(definition)).toMatchObject({ runs: 2, existing: [{ run: standing?.id, seed: 1 }] });
    expect(await preview(definition, true)).toMatchObject({ runs: 3, existing: [] });
    const { sweep, created } = await create(definition);
    expect(sweep.reused).toEqual([standing?.id]);
    expect(created.map(({ spec }) => spec.seed)).toEqual([2, 3]);
    await expect(create(definition)).rejects.toMatchObject({ code: 'sweep/nothing-new' });
    expect((await create(definition, true)).created).toHaveLength(3);
  });

  it('gets more seeds for every setting, once it is done too', async () => {
    const { sweep, created } = await create(sweepOf({ learningRate: [0.1, 0.2], seed: [1] }));
    for (const { id } of created) await untilRun(lab, id, hasEnded);
    const more = await lab.handlers['sweeps.add-seeds']({ sweep: sweep.id, seeds: [1, 2] });
    expect(more.created.map(({ spec, sweep: of }) => [spec.learningRate, spec.seed, of])).toEqual([
      [0.1, 2, sweep.id],
      [0.2, 2, sweep.id],
    ]);
    expect(new Set(more.created.map(({ groupHash }) => groupHash))).toEqual(
      new Set(created.map(({ groupHash }) => groupHash)),
    );
    expect((await lab.handlers['sweeps.list'](null)).sweeps[0]?.definition.axes).toEqual({
      learningRate: [0.1, 0.2],
      seed: [1, 2],
    });
    await expect(lab.handlers['sweeps.add-seeds']({ sweep: 'nobody', seeds: [1] })).rejects.toMatchObject({
      code: 'sweep/unknown',
    });
  });

  it('says its time once runs of its settings are done, for as many side by side as there are cores', async () => {
    const definition = sweepOf({ seed: [1, 2, 3, 4, 5] });
    expect(await preview(definition)).toMatchObject({ seconds: null, settings: 1, seeds: [1, 2, 3, 4, 5] });
    const [run] = await lab.handlers['runs.create']({ spec: tinySpec, seeds: [1] });
    const { seconds } = await untilRun(lab, String(run?.id), hasEnded);
    const plan = await preview(definition);
    expect(plan.seconds).toBeCloseTo((seconds * 4) / 2, 5);
    expect(plan.bytes).toBeGreaterThan(90_000);
    // 49 pixels to 8 hidden units to 10 classes; the last state, the one behind it, and the best of each run.
    expect(plan.checkpointBytes).toBe(4 * 3 * 4 * (49 * 8 + 8 + 8 * 10 + 10));
  });

  it('that is removed leaves its runs', async () => {
    await lab.handlers['queue.pause'](null);
    const { sweep } = await create(sweepOf({ seed: [1] }));
    await lab.handlers['sweeps.remove']({ sweep: sweep.id });
    expect((await lab.handlers['sweeps.list'](null)).sweeps).toEqual([]);
    expect(await lab.handlers['runs.list'](null)).toHaveLength(1);
    await expect(lab.handlers['sweeps.remove']({ sweep: sweep.id })).rejects.toMatchObject({ code: 'sweep/unknown' });
  });

  it('whose file is damaged is named, and hides no other', async () => {
    await lab.handlers['queue.pause'](null);
    const { sweep } = await create(sweepOf({ seed: [1] }));
    writeFileSync(join(folder, 'sweeps', 'torn.json'), '{"schema": 1');
    const { sweeps, damaged } = await lab.handlers['sweeps.list'](null);
    expect(sweeps.map(({ id }) => id)).toEqual([sweep.id]);
    expect(damaged).toEqual([expect.objectContaining({ code: 'sweep/damaged' })]);
  });
});
