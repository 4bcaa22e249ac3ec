import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweepRecord } from '../contracts/sweeps.ts';
import { CheckpointStore } from './checkpoints/checkpoint-store.ts';
import { contextFixture, stateFixture } from './checkpoints/state-fixture.ts';
import { examine } from './doctor/doctor.ts';
import { keepEvaluation } from './evaluations-file.ts';
import { openLibrary } from './library.ts';
import type { Library } from './library.ts';
import { MetricWriter } from './metric-writer.ts';
import { recordFixture } from './run-fixture.ts';
import { SweepStore } from './sweep-store.ts';

/** Parts of a library that somebody has put elsewhere and linked: another disk, another run, a folder of other things. */
let folder: string;
let outside: string;
let library: Library;
const { id } = recordFixture();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-links-'));
  outside = join(folder, 'outside');
  mkdirSync(outside);
  library = await openLibrary(join(folder, 'library'), { create: true });
  await library.runs.create(recordFixture());
  for (const step of [1, 2, 3]) await checkpoints().write(stateFixture(step), contextFixture());
  recordPoint();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (): string => library.runs.folder(id);
const checkpoints = (): CheckpointStore => new CheckpointStore(run());
const recordPoint = (): void => {
  const writer = new MetricWriter(join(run(), 'metrics.sqlite'));
  writer.append('train/loss', 1, 0.5);
  writer.close();
};
const sweep = sweepRecord.parse({
  ...{ schema: 1, id: 'bcdfghjk', name: 'a sweep', createdAt: '2026-11-25T10:00:00.000Z', reused: [], settings: [] },
  definition: { base: {}, axes: { seed: [1] } },
});
const evaluation = {
  ...{ checkpoint: 3, split: 'test' as const, at: '2026-11-25T10:00:00.000Z', loss: 1, accuracy: 0.5, top5: 1 },
  ...{ n: 10, calibrationError: 0.1 },
};

/** Moves a part of the library outside and leaves a link to it; where it is not there yet, to a folder of other things. */
function link(part: string): void {
  const [place, elsewhere] = [join(library.folder, part), join(outside, 'elsewhere')];
  if (existsSync(place)) renameSync(place, elsewhere);
  else {
    mkdirSync(elsewhere);
    for (const name of ['1.json', 'step-000000009.json']) writeFileSync(join(elsewhere, name), '{');
  }
  symlinkSync(elsewhere, place);
}

const content = (): unknown[] =>
  readdirSync(outside, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => [name, join(outside, name)] as const)
    .map(([name, path]) => [name, lstatSync(path).isFile() && hashOf(path)]);
const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

const inRun = (part: string): string => `runs/${id}/${part}`;

describe('what a link in a library leads to', () => {
  it.each<[part: string, deed: string, act: () => unknown]>([
    [inRun('checkpoints'), 'removing a checkpoint', () => checkpoints().remove([1])],
    [inRun('checkpoints'), 'saving a checkpoint', () => checkpoints().write(stateFixture(4), contextFixture())],
    [inRun('checkpoints/objects'), 'removing a checkpoint', () => checkpoints().remove([1])],
    [inRun('checkpoints/objects'), 'saving a checkpoint', () => checkpoints().write(stateFixture(4), contextFixture())],
    [inRun('evaluations'), 'keeping an evaluation', () => keepEvaluation(run(), evaluation)],
    [inRun('attempts'), 'setting aside what a run has recorded', () => library.runs.setAside(id)],
    ['trash', 'removing a run', () => library.runs.remove(id)],
    ['sweeps', 'saving a sweep', () => new SweepStore(library.folder).save(sweep)],
  ])('%s is left alone by %s, which says why', async (part, _, act) => {
    link(part);
    const before = content();
    await expect(Promise.resolve().then(act)).rejects.toMatchObject({
      code: 'library/linked',
      message: expect.stringContaining(join(library.folder, part)) as string,
    });
    expect(content()).toEqual(before);
  });

  it('takes no points', () => {
    link(inRun('metrics.sqlite'));
    const before = content();
    expect(recordPoint).toThrow(expect.objectContaining({ code: 'library/linked' }));
    expect(content()).toEqual(before);
  });

  it.each([inRun('checkpoints'), inRun('evaluations'), inRun('attempts'), 'trash', 'sweeps', 'quarantine', 'traces'])(
    '%s is left alone by the repair of the library and by its host that opens it',
    async (part) => {
      link(part);
      const before = content();
      await examine(library.folder, { fix: true });
      await (await openLibrary(library.folder)).runs.removeLeftovers();
      expect(content()).toEqual(before);
    },
  );

  it('is read all the same', async () => {
    link(inRun('checkpoints'));
    expect(await checkpoints().load(2)).toMatchObject({ step: 2 });
  });
});
