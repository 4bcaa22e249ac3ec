import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DoctorDocument } from '../../contracts/doctor.ts';
import { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import { contextFixture, stateFixture } from '../checkpoints/state-fixture.ts';
import { openLibrary } from '../library.ts';
import type { Library } from '../library.ts';
import { readMetrics } from '../metric-reader.ts';
import { MetricWriter } from '../metric-writer.ts';
import { recordFixture } from '../run-fixture.ts';
import { examine } from './doctor.ts';

let folder: string;
let library: Library;
let run: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-doctor-'));
  library = await openLibrary(folder, { create: true });
  const record = recordFixture();
  await library.runs.create(record);
  run = library.runs.folder(record.id);
  const writer = new MetricWriter(join(run, 'metrics.sqlite'));
  for (let step = 1; step <= 5000; step += 1) writer.append('train/loss', step, 1 / step);
  writer.close();
  const store = new CheckpointStore(run);
  for (const step of [10, 20]) await store.write(stateFixture(step), contextFixture());
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Every file of the library with its content, but SQLite's own. */
const files = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
const fix = (): Promise<DoctorDocument> => examine(folder, { fix: true });
const quarantined = ({ quarantine }: DoctorDocument): string[] =>
  readdirSync(join(folder, quarantine ?? ''), { recursive: true, encoding: 'utf8' });
const manifest = (step: number): string => join(run, 'checkpoints', `step-${String(step).padStart(9, '0')}.json`);

async function expectSound(): Promise<void> {
  expect(await examine(folder, { fix: false })).toMatchObject({ sound: true, findings: [], quarantine: null });
}

describe('a sound library', () => {
  it('is called sound and stays as it is', async () => {
    const before = files();
    expect(await fix()).toMatchObject({
      sound: true,
      checked: { runs: 1, checkpoints: 2, traces: 0, weights: 0, sweeps: 0, trash: 0 },
      findings: [],
      quarantine: null,
    });
    expect(files()).toEqual(before);
  });

  it('is not any folder: nothing is made in one', async () => {
    const other = mkdtempSync(join(tmpdir(), 'microbatch-other-'));
    mkdirSync(join(other, 'runs'));
    await expect(examine(other, { fix: true })).rejects.toMatchObject({ code: 'library/not-a-library' });
    expect(readdirSync(other)).toEqual(['runs']);
    rmSync(other, { recursive: true });
  });
});

describe('damage', () => {
  it('is named and left alone without --fix', async () => {
    writeFileSync(join(run, 'run.json'), '{');
    const before = files();
    const report = await examine(folder, { fix: false });
    expect(report).toMatchObject({ sound: false, findings: [{ code: 'run/damaged', recoverable: false, done: null }] });
    expect(files()).toEqual(before);
  });

  it('of a record takes the whole run out, so that what it recorded stays together', async () => {
    writeFileSync(join(run, 'run.json'), '{');
    const report = await fix();
    expect(report).toMatchObject({
      sound: true,
      findings: [{ path: 'runs/sb-1-aaaa', done: expect.any(String) as string }],
    });
    expect(quarantined(report)).toContain(join('runs', 'sb-1-aaaa', 'metrics.sqlite'));
    await expectSound();
  });

  it('of a record is mended from a whole copy that was not put in its place', async () => {
    const text = readFileSync(join(run, 'run.json'), 'utf8');
    writeFileSync(join(run, 'run.json.0a1b.tmp'), text);
    writeFileSync(join(run, 'run.json'), text.slice(0, 100));
    expect(await fix()).toMatchObject({ sound: true, findings: [{ recoverable: true }] });
    expect(readFileSync(join(run, 'run.json'), 'utf8')).toBe(text);
    // The copy is a leftover now.
    expect((await fix()).findings.map(({ kind }) => kind)).toEqual(['leftover']);
    await expectSound();
  });

  it('of a folder that was copied by hand is mended: a record has the id of its folder', async () => {
    renameSync(run, join(folder, 'runs', 'copied'));
    expect(await fix()).toMatchObject({ sound: true, findings: [{ code: 'run/other-id' }] });
    expect((await library.runs.get('copied')).id).toBe('copied');
  });

  it('of metrics leaves the points that can be read', async () => {
    const path = join(run, 'metrics.sqlite');
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, 4096 * 8);
    closeSync(file);
    const report = await fix();
    expect(report).toMatchObject({ sound: true, findings: [{ code: 'metrics/damaged', recoverable: false }] });
    const [saved] = readMetrics(path);
    expect(saved?.steps.length).toBeGreaterThan(1000);
    expect(saved?.steps.length).toBeLessThan(5000);
    expect([...(saved?.values ?? [])]).toEqual([...(saved?.steps ?? [])].map((step) => 1 / step));
    expect(quarantined(report)).toContain(join('runs', 'sb-1-aaaa', 'metrics.sqlite'));
    await expectSound();
  });

  it('of the beginning of metrics leaves an empty store', async () => {
    writeFileSync(join(run, 'metrics.sqlite'), 'no database, but long enough to be looked at as one'.repeat(100));
    expect(await fix()).toMatchObject({
      sound: true,
      findings: [{ done: expect.stringContaining('no point') as string }],
    });
    expect(readMetrics(join(run, 'metrics.sqlite'))).toEqual([]);
  });

  it.each(['a torn manifest', 'a torn tensor'])(
    'of a checkpoint by %s takes this one out, and the run goes on from another',
    async (what) => {
      const objects = join(run, 'checkpoints', 'objects');
      const before = new Set(readdirSync(objects));
      await new CheckpointStore(run).write(stateFixture(30), contextFixture());
      const own = readdirSync(objects).find((name) => !before.has(name)) ?? '';
      if (what === 'a torn manifest') truncateSync(manifest(30), 50);
      else truncateSync(join(objects, own), 4);
      const report = await fix();
      expect(report).toMatchObject({
        sound: true,
        findings: [{ code: 'checkpoint/damaged', outlook: expect.stringContaining('step 20') as string }],
      });
      expect(quarantined(report)).toContain(join('runs', 'sb-1-aaaa', 'checkpoints', 'objects', own));
      expect((await new CheckpointStore(run).loadNewest()).checkpoint?.step).toBe(20);
      await expectSound();
    },
  );

  it('of library.json, the queue, a sweep, a certificate and a trace is mended or taken out', async () => {
    writeFileSync(join(folder, 'library.json'), '');
    writeFileSync(join(folder, 'queue.json'), '[');
    mkdirSync(join(folder, 'sweeps'));
    writeFileSync(join(folder, 'sweeps', 'sweep-a.json'), '{}');
    writeFileSync(join(run, 'certificate.json'), '{}');
    mkdirSync(join(folder, 'traces', 'trace-a'), { recursive: true });
    const report = await fix();
    expect(report.findings.map(({ code }) => code).toSorted()).toEqual([
      'library/not-a-library',
      'queue/damaged',
      'sweep/damaged',
      'trace/damaged',
      'verify/certificate-damaged',
    ]);
    expect(report.sound).toBe(true);
    await expectSound();
  });

  it('is not what a killed process leaves, nor what is not ours', async () => {
    mkdirSync(join(folder, 'runs', '.sb-2-bbbb.new'));
    writeFileSync(join(folder, 'runs', 'Notes.txt'), 'mine');
    const report = await fix();
    expect(report.findings.map(({ kind, done }) => [kind, done !== null])).toEqual([
      ['leftover', true],
      ['foreign', false],
    ]);
    expect(report.sound).toBe(true);
    expect(readFileSync(join(folder, 'runs', 'Notes.txt'), 'utf8')).toBe('mine');
  });
});
