import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { curve, fixture, useLibrary } from '../../../test/import-library.ts';

const { at, write, importOne, refusal, pointsOf, record } = useLibrary();

describe('an offline run of wandb', () => {
  it("has the curves of its history by the study's steps and names, its settings and its name", async () => {
    const [item] = await importOne(fixture('offline.wandb'));
    const points = pointsOf(item?.id);
    expect(points['validation/accuracy']).toEqual(curve('test/test_accuracy', (value) => value / 100));
    expect(points['train/gradient_norm']).toEqual(curve('train/gradient_norm'));
    expect(points['train/loss']).toEqual(
      curve('train/loss').map(([step, value]) => [step, step === 40 ? Number.NaN : value]),
    );
    expect(points['nested.inner']).toEqual([0, 20, 40, 60, 80].map((step) => [step, step / 3]));
    const { name, origin, best, final } = await record(item?.id);
    expect({ name, best }).toEqual({
      name: 'RegLoss|0.1|128|5120|0.01-0',
      best: { step: 0, 'validation/accuracy': 0.4 },
    });
    expect(final['train/gradient_norm']).toBe(points['train/gradient_norm']?.at(-1)?.[1]);
    expect(origin).toMatchObject({
      tool: 'wandb',
      settings: { test: 'RegLoss', learning_rate: 0.1, seed: 12, log_steps: '1000, 5000', 'nested.deep.value': 3 },
      renamed: [{ column: 'test/test_accuracy', series: 'validation/accuracy', scale: 0.01 }],
    });
  });

  it('may have records over several blocks of its log', async () => {
    const [item] = await importOne(fixture('long-records.wandb'));
    expect(pointsOf(item?.id)['train/loss']).toEqual([0, 1, 2].map((step) => [step, 2.3 / (1 + step / 7)]));
  });

  it('is read from its folder, and refused where a bit is wrong or its end is missing', async () => {
    const run = at('offline-run-20260101_000000-abc');
    mkdirSync(run);
    copyFileSync(fixture('offline.wandb'), join(run, 'run-abc.wandb'));
    expect((await importOne(run))[0]?.name).toBe('RegLoss|0.1|128|5120|0.01-0');
    copyFileSync(fixture('long-records.wandb'), join(run, 'run-def.wandb'));
    const [other] = await importOne(at('.'));
    expect(other).toMatchObject({
      series: ['train/loss'],
      notes: expect.arrayContaining([expect.stringMatching(/there already/)]) as unknown,
    });
    const good = readFileSync(fixture('offline.wandb'));
    const wrong = Buffer.from(good);
    wrong[200] = Number(wrong[200]) ^ 1;
    expect((await refusal(write('wrong.wandb', wrong))).code).toBe('import/damaged-file');
    expect((await refusal(write('cut.wandb', good.subarray(0, 4000)))).code).toBe('import/cut-off');
  });

  it.each(['axes.wandb', 'axes-0.15.wandb'])(
    'may count the steps of each metric by another column: %s',
    async (name) => {
      const [item] = await importOne(fixture(name));
      expect(pointsOf(item?.id)).toEqual({
        'train/loss': curve('train/loss'),
        'validation/accuracy': curve('test/test_accuracy', (value) => value / 100).map(([step, value]) => [
          step / 20,
          value,
        ]),
        // What nothing is declared for is counted by the calls of `log`; a `global_step` of one row is not the axis of others.
        plain: [...[0, 20, 40, 60, 80].map((step, index) => [3 * index + 1, step / 3]), [15, 100.5]],
        'nested.inner': [0, 20, 40, 60, 80].map((step, index) => [3 * index + 1, step / 3]),
      });
      expect(item?.notes).toEqual(
        expect.arrayContaining([
          'left out images, histograms and tables: counts',
          'the steps of "train/loss" are those of "updates"',
          'the steps of "test/test_accuracy" are those of "epoch"',
        ]),
      );
      const told = await importOne(fixture(name), { force: true, mapping: { stepColumn: 'updates', columns: [] } });
      expect(told[0]?.series).toEqual(['train/loss']);
    },
  );
});
