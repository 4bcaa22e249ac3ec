import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeScalar, encodeSessionStart, encodeVersion } from '../formats/tensorboard/event.ts';
import { frameRecord } from '../formats/tensorboard/records.ts';
import { curve, fixture, useLibrary } from '../../../test/import-library.ts';

const { at, write, importOne, refusal, pointsOf, record } = useLibrary();

describe('an event file', () => {
  it('of the tools for PyTorch holds single precision', async () => {
    const [item] = await importOne(fixture('events.out.tfevents.simple'));
    const points = pointsOf(item?.id);
    expect(points).toEqual({
      'train/loss': curve('train/loss', Math.fround),
      'train/gradient_norm': curve('train/gradient_norm', Math.fround),
    });
    expect(await record(item?.id)).toMatchObject({ status: 'done', spec: null, step: 80, seconds: 80 });
  });

  it('of tensorboardX has scalars beside histograms and texts, which are left out', async () => {
    const [item] = await importOne(fixture('events.out.tfevents.tensorboardx'));
    expect(pointsOf(item?.id)['train/loss']).toEqual([...curve('train/loss', Math.fround), [100, Number.NaN]]);
    expect(item?.notes).toEqual(['left out 2 tags that hold no scalars']);
  });

  it('of TensorFlow 2 has tensors of several types, by value or as bytes', async () => {
    const [item] = await importOne(fixture('events.out.tfevents.tensors'));
    const points = pointsOf(item?.id);
    for (const form of ['values', 'content']) {
      expect(points[`double/${form}`]).toEqual(curve('train/loss'));
      expect(points[`float/${form}`]).toEqual(curve('train/loss', Math.fround));
      expect(points[`half/${form}`]?.map(([, value]) => value)).toEqual([
        2.30078125, 0.59619140625, 0.342529296875, 0.2403564453125, 0.18505859375,
      ]);
    }
  });

  it('may lie in folders: each is a run', async () => {
    for (const name of ['first', 'second']) {
      mkdirSync(at(join('logs', name)), { recursive: true });
      copyFileSync(fixture('events.out.tfevents.simple'), at(join('logs', name, 'events.out.tfevents.1.host')));
    }
    const items = await importOne(at('logs'));
    expect(items.map(({ name, series }) => ({ name, series }))).toEqual(
      ['first', 'second'].map((name) => ({ name: `logs/${name}`, series: ['train/gradient_norm', 'train/loss'] })),
    );
  });

  it('that was started again has what was recorded from there on anew, and nothing of before', async () => {
    const scalars = (values: Record<number, number>) =>
      Object.entries(values).map(([step, value]) => encodeScalar('loss', Number(step), value, 0));
    const first = [encodeVersion(0), ...scalars({ 0: 9, 10: 8, 20: 7, 30: 6 })];
    const again = [encodeSessionStart(20, 0), ...scalars({ 20: 5 })];
    mkdirSync(at('run'));
    const file = (name: string, events: readonly Uint8Array[]) => write(name, Buffer.concat(events.map(frameRecord)));
    file('run/events.out.tfevents.1.host', first);
    file('run/events.out.tfevents.2.host', [encodeVersion(0), ...again]);
    for (const path of [file('together', [...first, ...again]), at('run')]) {
      const [item] = await importOne(path);
      expect(pointsOf(item?.id)['loss']).toEqual([
        [0, 9],
        [10, 8],
        [20, 5],
      ]);
      expect(item?.notes).toEqual(['started again at step 20: 2 earlier points from there on do not count']);
    }
  });

  it('is refused where a bit is wrong, a length cannot be, or its end is missing', async () => {
    const good = readFileSync(fixture('events.out.tfevents.simple'));
    const wrong = Buffer.from(good);
    wrong[good.length - 10] = Number(wrong[good.length - 10]) ^ 1;
    expect(await refusal(write('wrong', wrong))).toMatchObject({
      code: 'import/damaged-file',
      reason: expect.stringMatching(/does not have its checksum/) as unknown,
    });
    const cut = write('cut', good.subarray(0, good.length - 10));
    expect(await refusal(cut)).toMatchObject({
      code: 'import/cut-off',
      reason: expect.stringMatching(/--force/) as unknown,
    });
    const [item] = await importOne(cut, { force: true });
    expect(item).toMatchObject({ points: 9, notes: ['cut ends within a record: read up to there'] });
  });
});
