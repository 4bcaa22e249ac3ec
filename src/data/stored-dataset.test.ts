import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openExecutor } from '../engine/executors/registry.ts';
import { exampleTrainer } from '../engine/training/trainer-fixture.ts';
import { RandomStream } from '../engine/training/random.ts';
import { arrange } from './arrangement.ts';
import { drawCrops, cropAt } from './crops.ts';
import { dataCard } from './data-card.ts';
import { importDataset } from './import-dataset.ts';
import { Normaliser } from './normaliser.ts';
import { obtainKnownSet } from './obtain-known-set.ts';
import { openDataset } from './open-dataset.ts';
import { cifarEntries, tarOf } from './readers/archive-fixture.ts';
import type { OpenDataset } from './open-dataset.ts';

let folder: string;
let folders: { readonly resources: string; readonly datasets: string };
const opened: OpenDataset[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-stored-'));
  folders = { resources: '', datasets: join(folder, 'datasets') };
  await writeFile(join(folder, 'cifar.tar'), tarOf(cifarEntries(4)));
  await importDataset(folders.datasets, { path: join(folder, 'cifar.tar'), id: 'small-cifar' });
  await obtainKnownSet(folders.datasets, 'mnist-1d', () => undefined);
});
afterAll(async () => {
  for (const dataset of opened) await dataset.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(
  spec: Omit<Parameters<typeof openDataset>[0], 'id'> = {},
  id = 'small-cifar',
): Promise<OpenDataset> {
  const dataset = await openDataset({ id, ...spec }, folders);
  opened.push(dataset);
  return dataset;
}

const indices = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, index) => index);
const labelsOf = (set: OpenDataset['validation'] | null): number[] => [...(set?.read(indices(set.size)).labels ?? [])];

describe('the splits of CIFAR', () => {
  const full = (study: 'cifar10' | 'cifar100') => ({ id: study, study, train: 50_000, test: 10_000 });
  const train = { part: 'train', first: 0, count: 40_000 };
  const held = { part: 'train', first: 40_000, count: 10_000 };
  const official = { part: 'test', first: 0, count: 10_000 };

  it('clean validates on training images 40,000 to 49,999 and tests on the official test set', () => {
    for (const study of ['cifar10', 'cifar100'] as const) {
      expect(arrange(full(study))).toMatchObject({ train, validation: held, test: official });
    }
  });

  it('reference is the odd way round for CIFAR-10, as in the study, and the same as clean for CIFAR-100', () => {
    expect(arrange(full('cifar10'), 'reference')).toMatchObject({ train, validation: official, test: held });
    expect(arrange(full('cifar100'), 'reference')).toMatchObject({ train, validation: held, test: official });
  });

  it('serve the images that they name', async () => {
    // Four images in each of five training files, labelled (position + file) mod 10; the test file counts as the sixth.
    const clean = await open();
    expect(labelsOf(clean.validation)).toEqual([5, 6, 7, 8]);
    expect(labelsOf(await clean.test())).toEqual([6, 7, 8, 9]);
    const reference = await open({ split: 'reference' });
    expect(labelsOf(reference.validation)).toEqual([6, 7, 8, 9]);
    expect(labelsOf(await reference.test())).toEqual([5, 6, 7, 8]);
    expect(reference.train.size).toBe(16);
    expect((await open({ trainSize: 3 })).train.size).toBe(3);
  });

  it.each([
    [{ trainSize: 17 }, 'small-cifar', 'data/train-size-too-large'],
    [{ split: 'reference' as const }, 'mnist-1d', 'data/no-such-split'],
    [{ augment: true }, 'mnist-1d', 'data/cannot-augment'],
  ])('refuse %o of %s with %s', async (spec, id, code) => {
    await expect(open(spec, id)).rejects.toMatchObject({ code });
  });
});

describe('augmentation', () => {
  it('draws every offset from 0 to 8 and both flips about equally often', () => {
    const count = 9000;
    const drawn = drawCrops(count, RandomStream.named(1, 'augmentation'));
    const seen = (of: 'top' | 'left'): number[] => {
      const counts = new Array<number>(9).fill(0);
      for (let at = 0; at < count; at += 1) {
        const value = cropAt(drawn, at)[of];
        counts[value] = (counts[value] ?? 0) + 1;
      }
      return counts;
    };
    for (const times of [...seen('top'), ...seen('left')]) {
      expect(times).toBeGreaterThan(880);
      expect(times).toBeLessThan(1120);
    }
    const flips = Array.from({ length: count }, (_, at) => cropAt(drawn, at)).filter(({ flip }) => flip).length;
    expect(Math.abs(flips / count - 0.5)).toBeLessThan(0.02);
  });

  it('pads with black, so that a border is not 0 after normalisation', () => {
    const pixels = new Uint8Array(3 * 32 * 32).fill(255);
    const normalisation = { mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25] };
    const normaliser = new Normaliser({ pixels, shape: [3, 32, 32], scale: 255 }, normalisation);
    const image = new Float32Array(pixels.length);
    normaliser.writeCropped(0, { top: 0, left: 8, flip: false }, image, 0);
    const row = (y: number): number[] => [...image.subarray(y * 32, (y + 1) * 32)];
    expect(new Set(row(3))).toEqual(new Set([-2]));
    expect(row(4).slice(27)).toEqual([2, -2, -2, -2, -2]);
    normaliser.writeCropped(0, { top: 0, left: 8, flip: true }, image, 0);
    expect(row(4).slice(0, 5)).toEqual([-2, -2, -2, -2, 2]);
  });

  it('gives in its thread what the same draws give here, and leaves evaluation alone', async () => {
    const plain = await open();
    const { train, normalisation } = await open({ augment: true });
    const drawn = Uint8Array.of(4, 4, 0, 4, 4, 1);
    const prepared = await train.augmentation?.prepare(Uint32Array.of(2, 2), drawn);
    const [upright, mirrored] = [prepared?.images.slice(0, 3072), prepared?.images.slice(3072)];
    expect(upright).toEqual(plain.train.read(Uint32Array.of(2)).images);
    expect(mirrored).not.toEqual(upright);
    expect([...(mirrored?.slice(0, 32) ?? [])]).toEqual([...(upright?.slice(0, 32) ?? [])].toReversed());
    expect(prepared?.labels).toEqual(Int32Array.of(3, 3));
    expect(normalisation.mean).toEqual([0.4914, 0.4822, 0.4465]);
    expect(train.read(Uint32Array.of(2)).images).toEqual(upright);
  });

  it('goes on exactly where training stopped, however far ahead images were prepared', async () => {
    const executor = await openExecutor('tfjs-cpu', { threads: 1 });
    const { train } = await open({ augment: true, resize: 4 });
    const model = {
      inputShape: [3, 4, 4] as const,
      classes: 10,
      layers: [{ type: 'flatten' as const }, { type: 'linear' as const, name: 'l', in: 48, out: 10 }],
    };
    const start = (data = train) => exampleTrainer(executor, { method: 'large-batch' }, { model, data });
    const whole = await start();
    for (let step = 0; step < 5; step += 1) await whole.takeStep();
    const first = await start();
    for (let step = 0; step < 3; step += 1) await first.takeStep();
    const second = await start();
    await second.restore(structuredClone(await first.capture()));
    for (let step = 0; step < 2; step += 1) await second.takeStep();
    expect(await second.capture()).toEqual(await whole.capture());
    const { size, classes, inputShape, read } = train;
    const without = await start({ size, classes, inputShape, read });
    for (let step = 0; step < 5; step += 1) await without.takeStep();
    expect((await without.capture()).parameters).not.toEqual((await whole.capture()).parameters);
  });

  it('says so where its thread ends', async () => {
    const dataset = await open({ augment: true });
    await dataset.close();
    await expect(dataset.train.augmentation?.prepare(Uint32Array.of(0), Uint8Array.of(4, 4, 0))).rejects.toMatchObject({
      code: 'data/augmentation-ended',
    });
  });
});

describe('generated digits', () => {
  it('are the same on every machine, balanced, and of unit spread after normalisation', async () => {
    const { train, dataHash } = await open({}, 'mnist-1d');
    expect(train.inputShape).toEqual([1, 1, 40]);
    expect(dataHash).toMatch(/^[0-9a-f]{64}$/);
    const { images, labels } = train.read(indices(train.size));
    const square = images.reduce((sum, value) => sum + value * value, 0) / images.length;
    expect(square).toBeCloseTo(1, 3);
    expect(new Set(labels).size).toBe(10);
  });
});

describe('the data card', () => {
  it('counts classes, finds images that two splits share, and shows what training sees', async () => {
    const card = await dataCard('small-cifar', folders);
    expect(card.splits.map(({ split, images }) => [split, images])).toEqual([
      ['train', 16],
      ['validation', 4],
      ['test', 4],
    ]);
    expect(card.splits[0]?.classCounts.reduce((sum, count) => sum + count, 0)).toBe(16);
    const { train } = await open();
    for (const { index, plain, augmented } of card.samples) {
      expect(plain).toEqual([...train.read(Uint32Array.of(index)).images]);
      expect(augmented).toHaveLength(3072);
    }
    expect(card.duplicates.map(({ between }) => between)).toContain('train and test');
  });

  it('counts an image that is in training and test', async () => {
    const entries = cifarEntries(4);
    const [shared] = entries.filter(({ path }) => path.endsWith('data_batch_1'));
    const changed = entries.map((entry) =>
      entry.path.endsWith('test_batch') ? { ...entry, content: shared?.content ?? '' } : entry,
    );
    await writeFile(join(folder, 'shared.tar'), tarOf(changed));
    await importDataset(folders.datasets, { path: join(folder, 'shared.tar'), id: 'shared' });
    const card = await dataCard('shared', folders);
    expect(card.duplicates.find(({ between }) => between === 'train and test')?.count).toBe(4);
    expect(card.duplicates.find(({ between }) => between === 'train and validation')?.count).toBe(0);
  });
});
