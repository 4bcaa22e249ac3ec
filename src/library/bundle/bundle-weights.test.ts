import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { record, recordPart, useBundles } from '../../../test/bundle-library.ts';
import type { Part } from '../../../test/bundle-library.ts';
import type { StoredTensor, TensorInFile } from '../formats/element-types.ts';
import type { Library } from '../library.ts';
import { recordFixture } from '../run-fixture.ts';
import { WeightsStore } from '../weights/weights-store.ts';
import { writeBundle } from './write-bundle.ts';

const bundles = useBundles();

describe('a bundle with the weights that its run began with', () => {
  const tensors = (value: number): Map<string, TensorInFile> => {
    const tensor: StoredTensor = { type: 'F32', shape: [2], data: Float32Array.of(value, 2) };
    return new Map([['w', { ...tensor, read: () => Promise.resolve(tensor) }]]);
  };
  const origin = {
    ...{ file: 'net.pth', form: 'pth' as const, sha256: 'a'.repeat(64) },
    importedAt: '',
    app: '',
    notes: [],
  };
  const began = { ...record, spec: { ...recordFixture().spec, initialWeights: { weights: 'begin-1' } } };
  const put = (library: Library, value: number) =>
    new WeightsStore(library.folder).takeIn(library.folder, tensors(value), { id: 'begin-1', name: 'Begin', origin });
  const writeWith = (withWeights: boolean) =>
    writeBundle({
      record: began,
      runFolder: bundles.there.runs.folder(record.id),
      out: bundles.file,
      force: false,
      app: '',
      withWeights,
    });

  beforeEach(async () => {
    await put(bundles.there, 1);
    await bundles.there.runs.save(began);
  });

  it('brings them where they are missing, once, and only where they were asked for', async () => {
    await writeWith(false);
    await bundles.importBundle();
    expect(await new WeightsStore(bundles.here.folder).list()).toEqual([]);
    rmSync(bundles.file);
    await writeWith(true);
    const { imported } = await bundles.importBundle(true);
    expect(imported[0]?.notes).toContain('with the weights begin-1 that it began with');
    const [weights] = await new WeightsStore(bundles.here.folder).list();
    expect(weights).toEqual(await new WeightsStore(bundles.there.folder).get('begin-1'));
    await new WeightsStore(bundles.here.folder).verify('begin-1');
    expect((await bundles.importBundle(true)).imported[0]?.notes).toHaveLength(1);
    expect(readdirSync(bundles.here.runs.folder(String(imported[0]?.id)))).not.toContain('weights');
  });

  it('leaves other weights of that id as they are, and says so', async () => {
    const other = await put(bundles.here, 7);
    await writeWith(true);
    const { imported } = await bundles.importBundle();
    expect(imported[0]?.notes[0]).toMatch(/other weights are begin-1/);
    expect(await new WeightsStore(bundles.here.folder).get('begin-1')).toEqual(other);
  });

  it('is refused where they are not those of its run, or not what their record says', async () => {
    await writeWith(true);
    const folderOf = join(bundles.there.folder, 'weights', 'begin-1');
    const part = (name: string, text = readFileSync(join(folderOf, name))): Part => ({
      name: `weights/${name}`,
      content: text,
    });
    const run: Part = { name: 'run.json', content: Buffer.from(JSON.stringify(began)) };
    const tensorsPart = part('weights.safetensors');
    await bundles.forge([run, part('weights.json'), { ...tensorsPart, content: tensorsPart.content.subarray(0, -1) }]);
    expect((await bundles.importBundle()).refused).toMatchObject([{ code: 'import/bad-bundle' }]);
    await bundles.forge([recordPart(), part('weights.json'), tensorsPart]);
    expect((await bundles.importBundle()).refused[0]?.reason).toMatch(/not those that its run began with/);
    await bundles.forge([run, part('weights.json', Buffer.from('{}')), tensorsPart]);
    expect((await bundles.importBundle()).refused[0]?.reason).toMatch(/weights\.json cannot be used/);
    expect(await new WeightsStore(bundles.here.folder).list()).toEqual([]);
    expect(readdirSync(join(bundles.here.folder, 'runs'))).toEqual([]);
  });

  it('cannot be made of a run that began with its seed', async () => {
    const wrong = writeBundle({
      record,
      runFolder: bundles.there.runs.folder(record.id),
      out: bundles.file,
      force: false,
      app: '',
      withWeights: true,
    });
    await expect(wrong).rejects.toMatchObject({ code: 'export/no-weights' });
  });
});
