import { mkdtemp, readdir, readFile, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../atomic-file.ts';
import { CheckpointStore } from './checkpoint-store.ts';
import { contextFixture, stateFixture } from './state-fixture.ts';

let run: string;
let store: CheckpointStore;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'microbatch-checkpoints-'));
  store = new CheckpointStore(run);
});
afterEach(() => rm(run, { recursive: true, force: true }));

const anyText: unknown = expect.any(String);
const containing = (text: string): unknown => expect.stringContaining(text);
const folder = (): string => join(run, 'checkpoints');
const objects = (): string => join(folder(), 'objects');
const manifest = (step: number): string => join(folder(), `step-${String(step).padStart(9, '0')}.json`);

/** Bytes, so that -0 and subnormal numbers count. */
const bytes = (tensors: Readonly<Record<string, Float32Array>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, Buffer.from(data.buffer).toString('hex')]));

describe('the checkpoint store of a run', () => {
  it('gives a state back byte for byte, with what was said of it', async () => {
    const validation = { accuracy: 0.75, loss: 0.5 };
    await store.write(stateFixture(5), contextFixture({ reasons: ['best', 'last'], validation }));
    const { state, ...context } = await store.load('last');
    expect(state).toEqual(stateFixture(5));
    expect(bytes(state.parameters)).toEqual(bytes(stateFixture(5).parameters));
    expect(context).toMatchObject({ step: 5, seconds: 1.5, validation });
    expect(await store.list()).toEqual([
      { step: 5, labels: ['best', 'last'], bytes: 24, savedAt: anyText, validation },
    ]);
  });

  it('calls the newest best one best and the newest of all last', async () => {
    await store.write(stateFixture(1), contextFixture({ reasons: ['best'] }));
    await store.write(stateFixture(2), contextFixture({ reasons: ['best', 'scheduled'] }));
    await store.write(stateFixture(3), contextFixture());
    expect((await store.list()).map(({ step, labels }) => [step, labels])).toEqual([
      [1, []],
      [2, ['best', 'scheduled']],
      [3, ['last']],
    ]);
    expect((await store.read('best')).counters.step).toBe(2);
    expect((await store.read('last')).counters.step).toBe(3);
    expect((await store.read(1)).counters.step).toBe(1);
  });

  it('stores a tensor that did not change once, and removes it with the last checkpoint that has it', async () => {
    await store.write(stateFixture(1), contextFixture());
    await store.write(stateFixture(2), contextFixture());
    expect(await readdir(objects())).toHaveLength(4);
    await store.remove([1]);
    expect(await readdir(objects())).toHaveLength(3);
    expect((await store.read('last')).counters.step).toBe(2);
    await store.remove([2]);
    expect(await readdir(objects())).toEqual([]);
  });

  it('adds reasons to a checkpoint of the same step', async () => {
    await store.write(stateFixture(4), contextFixture({ reasons: ['best'] }));
    await store.write(stateFixture(4), contextFixture({ reasons: ['scheduled'] }));
    expect(await store.list()).toMatchObject([{ step: 4, labels: ['best', 'last', 'scheduled'] }]);
  });

  it('says what is there where the asked one is not', async () => {
    await expect(store.read('last')).rejects.toMatchObject({ code: 'checkpoint/none' });
    await store.write(stateFixture(4), contextFixture());
    await expect(store.read(7)).rejects.toMatchObject({
      code: 'checkpoint/unknown-step',
      expected: 'one of the steps 4',
    });
    await expect(store.read('best')).rejects.toMatchObject({ code: 'checkpoint/none' });
    await expect(store.remove([7])).rejects.toMatchObject({ code: 'checkpoint/unknown-step' });
  });
});

describe('a damaged checkpoint', () => {
  beforeEach(async () => {
    await store.write(stateFixture(1), contextFixture());
    await store.write(stateFixture(2), contextFixture());
  });

  /** Name of the object that only the checkpoint of step 2 has. */
  async function changedObject(): Promise<string> {
    const all = await readdir(objects());
    const first: unknown = JSON.parse(await readFile(manifest(1), 'utf8'));
    const own = all.find((name) => !JSON.stringify(first).includes(name));
    return join(objects(), own ?? 'missing');
  }

  const damages: Readonly<Record<string, () => Promise<unknown>>> = {
    'a torn tensor': async () => truncate(await changedObject(), 3),
    'a tensor with a flipped bit': async () => {
      const path = await changedObject();
      const content = await readFile(path);
      content[0] = (content[0] ?? 0) ^ 1;
      await writeFile(path, content);
    },
    'a missing tensor': async () => unlink(await changedObject()),
    'a tensor that is a link elsewhere': async () => {
      const path = await changedObject();
      await unlink(path);
      await symlink('/dev/zero', path);
    },
    'a torn manifest': () => truncate(manifest(2), 100),
    'an empty manifest': () => truncate(manifest(2), 0),
    'a manifest of a newer version': async () =>
      writeFile(manifest(2), (await readFile(manifest(2), 'utf8')).replace('"schema": 1', '"schema": 2')),
    'a manifest with a changed number': async () =>
      writeFile(manifest(2), (await readFile(manifest(2), 'utf8')).replace('"samplesSeen": 20', '"samplesSeen": 21')),
    'a manifest of another step': async () => writeFile(manifest(2), await readFile(manifest(1), 'utf8')),
    'a manifest that names a file outside': async () =>
      writeFile(manifest(2), (await readFile(manifest(2), 'utf8')).replaceAll(/[0-9a-f]{64}/g, '../../run.json')),
  };

  it.each(Object.keys(damages))('%s is named, with a remedy, and the one before is still good', async (damage) => {
    await damages[damage]?.();
    await expect(store.read(2)).rejects.toMatchObject({
      code: 'checkpoint/damaged',
      message: containing(folder()),
      expected: anyText,
      remedy: anyText,
    });
    const { checkpoint, damaged } = await store.loadNewest();
    expect(checkpoint?.state).toEqual(stateFixture(1));
    expect(damaged).toMatchObject([{ code: 'checkpoint/damaged' }]);
  });

  it('is mended by writing the same state again', async () => {
    await truncate(await changedObject(), 3);
    await store.write(stateFixture(2), contextFixture());
    expect(await store.read(2)).toEqual(stateFixture(2));
  });
});

describe('a writer that dies or meets a full disk', () => {
  /** Fails as a full disk does at the nth file, after writing a part of its temporary one. */
  function failingAt(file: number): CheckpointStore {
    let written = 0;
    return new CheckpointStore(run, async (path, content) => {
      written += 1;
      if (written < file) return replaceFile(path, content);
      await writeFile(`${path}.0123456789ab.tmp`, content.slice(0, 5));
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
  }

  // Step 2 writes one tensor that is new and its manifest.
  it.each([1, 2])('leaves the checkpoint before and nothing half-written in sight, at file %i', async (file) => {
    await store.write(stateFixture(1), contextFixture());
    await expect(failingAt(file).write(stateFixture(2), contextFixture())).rejects.toMatchObject({
      code: 'library/disk-full',
      remedy: anyText,
    });
    expect(await store.survey()).toMatchObject({ checkpoints: [{ step: 1, labels: ['last'] }], damaged: [] });
    expect(await store.read('last')).toEqual(stateFixture(1));

    await store.collect();
    expect(await readdir(objects())).toHaveLength(3);
    expect(await readdir(folder())).toEqual(['objects', 'step-000000001.json']);
  });
});
