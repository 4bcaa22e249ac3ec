import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import type { EvaluationFigures, KeptEvaluation } from '../../contracts/evaluations.ts';
import type { ImportReport } from '../../contracts/imports.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import { contextFixture, stateFixture } from '../checkpoints/state-fixture.ts';
import { keepEvaluation, readEvaluations, readFigures } from '../evaluations-file.ts';
import type { StoredTensor, TensorInFile } from '../formats/element-types.ts';
import { importFiles } from '../imports/import-files.ts';
import { openLibrary } from '../library.ts';
import type { Library } from '../library.ts';
import { readMetrics } from '../metric-reader.ts';
import { readSummary } from '../metric-summary.ts';
import { MetricWriter } from '../metric-writer.ts';
import { recordFixture } from '../run-fixture.ts';
import { WeightsStore } from '../weights/weights-store.ts';
import { writeBundle } from './write-bundle.ts';

let folder: string;
let bundle: string;
let there: Library;
let here: Library;
const record: RunRecord = recordFixture({ status: 'done', process: null, startedAt: '2026-11-24T10:00:01.000Z' });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-bundles-'));
  bundle = join(folder, 'run.zip');
  there = await openLibrary(join(folder, 'there'), { create: true });
  here = await openLibrary(join(folder, 'here'), { create: true });
  await there.runs.create(record);
  const writer = new MetricWriter(there.runs.metricsFile(record.id));
  for (let step = 1; step <= 100; step += 1) writer.append('train/loss', step, step === 50 ? Number.NaN : 1 / step);
  writer.close();
  for (const step of [50, 100]) {
    await new CheckpointStore(there.runs.folder(record.id)).write(stateFixture(step), contextFixture());
  }
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const evaluation = (checkpoint: number): KeptEvaluation => ({
  ...{ checkpoint, split: 'validation', at: '2026-11-25T10:00:00.000Z' },
  ...{ loss: 1, accuracy: 0.5, top5: 0.9, n: 4, calibrationError: 0.1 },
});
const figures = (checkpoint: number): EvaluationFigures => ({
  ...{ checkpoint, split: 'validation', loss: 1, accuracy: 0.5, top5: 0.9, n: 4 },
  classes: [{ name: 'boat', n: 4, correct: 2 }],
  confusion: [[2, 2]],
  calibration: { error: 0.1, bins: [{ n: 4, confidence: 0.6, accuracy: 0.5 }] },
});

const write = (out = bundle): ReturnType<typeof writeBundle> =>
  writeBundle({ record, runFolder: there.runs.folder(record.id), out, force: false, app: 'a test' });

async function importBundle(force = false): Promise<ImportReport> {
  const staging = join(here.folder, '.import-0');
  mkdirSync(staging);
  const report = await importFiles({
    ...{ library: here, staging, paths: [bundle], as: undefined, mapping: undefined, force, app: 'a test' },
    progress: () => undefined,
  });
  expect(readdirSync(staging)).toEqual([]);
  rmSync(staging, { recursive: true });
  return report;
}

describe('the outline of the points', () => {
  it('comes with them, with its means', async () => {
    await write();
    await importBundle();
    const summaries = [there, here].map(({ runs }) =>
      readSummary(runs.metricsFile(record.id), { names: [], buckets: 1 }),
    );
    expect(summaries[1]).toEqual(summaries[0]);
    expect(summaries[1]?.[0]?.counts).toEqual(Float64Array.of(98, 1));
    const database = new DatabaseSync(here.runs.metricsFile(record.id), { readOnly: true });
    expect(database.prepare('SELECT block, count FROM means').all()).toEqual([{ block: 0, count: 99 }]);
    database.close();
  });
});

describe('a bundle', () => {
  it('brings a run whole into another library', async () => {
    await write();
    const report = await importBundle();
    expect(report).toMatchObject({ refused: [], imported: [{ kind: 'run', id: record.id, points: 100, notes: [] }] });
    const copy = await here.runs.get(record.id);
    expect({ ...copy, history: [] }).toEqual({ ...record, history: [] });
    expect(readMetrics(here.runs.metricsFile(record.id))).toEqual(readMetrics(there.runs.metricsFile(record.id)));
    const [one, other] = [here, there].map(({ runs }) => new CheckpointStore(runs.folder(record.id)));
    for (const step of [50, 100]) expect(await one?.stateHash(step)).toBe(await other?.stateHash(step));
    expect(await one?.load('last')).toEqual(await other?.load('last'));
  });

  it('has the same bytes when it is written again, and replaces no file', async () => {
    const { sha256 } = await write();
    expect((await write(join(folder, 'again.zip'))).sha256).toBe(sha256);
    expect(createHash('sha256').update(readFileSync(bundle)).digest('hex')).toBe(sha256);
    await expect(write()).rejects.toMatchObject({ code: 'export/exists' });
  });

  it('of a run that is there already is refused, and with force becomes another run', async () => {
    await write();
    await importBundle();
    expect((await importBundle()).refused).toMatchObject([{ code: 'import/already-there' }]);
    const { imported } = await importBundle(true);
    expect(imported[0]?.id).not.toBe(record.id);
    expect((await here.runs.list()).records).toHaveLength(2);
  });

  it('gets a new id where another run has its own', async () => {
    await write();
    await here.runs.create({ ...record, createdAt: '2025-01-01T00:00:00.000Z' });
    const { imported } = await importBundle();
    expect(imported[0]?.notes[0]).toContain(`there is another run ${record.id}`);
    expect((await here.runs.get(String(imported[0]?.id))).createdAt).toBe(record.createdAt);
  });

  it('brings the evaluations of the run, with all their figures', async () => {
    const kept = evaluation(100);
    await keepEvaluation(there.runs.folder(record.id), kept, figures(100));
    await write();
    expect((await importBundle()).refused).toEqual([]);
    expect(await readEvaluations(here.runs.folder(record.id))).toEqual([kept]);
    expect(await readFigures(here.runs.folder(record.id), kept)).toEqual(figures(100));
  });

  it('is not made of a run whose evaluations are damaged', async () => {
    writeFileSync(join(there.runs.folder(record.id), 'evaluations.json'), '{"schema": 1');
    await expect(write()).rejects.toMatchObject({ code: 'evaluate/damaged' });
  });

  it('is not made of a run that trains', async () => {
    const running = { ...record, status: 'running' as const, process: { pid: 1, host: 'here' } };
    const wrong = writeBundle({ record: running, runFolder: folder, out: bundle, force: false, app: '' });
    await expect(wrong).rejects.toMatchObject({ code: 'export/run-not-idle' });
  });
});

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
      runFolder: there.runs.folder(record.id),
      out: bundle,
      force: false,
      app: '',
      withWeights,
    });

  beforeEach(async () => {
    await put(there, 1);
    await there.runs.save(began);
  });

  it('brings them where they are missing, once, and only where they were asked for', async () => {
    await writeWith(false);
    await importBundle();
    expect(await new WeightsStore(here.folder).list()).toEqual([]);
    rmSync(bundle);
    await writeWith(true);
    const { imported } = await importBundle(true);
    expect(imported[0]?.notes).toContain('with the weights begin-1 that it began with');
    const [weights] = await new WeightsStore(here.folder).list();
    expect(weights).toEqual(await new WeightsStore(there.folder).get('begin-1'));
    await new WeightsStore(here.folder).verify('begin-1');
    expect((await importBundle(true)).imported[0]?.notes).toHaveLength(1);
    expect(readdirSync(here.runs.folder(String(imported[0]?.id)))).not.toContain('weights');
  });

  it('leaves other weights of that id as they are, and says so', async () => {
    const other = await put(here, 7);
    await writeWith(true);
    const { imported } = await importBundle();
    expect(imported[0]?.notes[0]).toMatch(/other weights are begin-1/);
    expect(await new WeightsStore(here.folder).get('begin-1')).toEqual(other);
  });

  it('is refused where they are not those of its run, or not what their record says', async () => {
    await writeWith(true);
    const folderOf = join(there.folder, 'weights', 'begin-1');
    const part = (name: string, text = readFileSync(join(folderOf, name))): Part => ({
      name: `weights/${name}`,
      content: text,
    });
    const run: Part = { name: 'run.json', content: Buffer.from(JSON.stringify(began)) };
    const tensorsPart = part('weights.safetensors');
    await forge([run, part('weights.json'), { ...tensorsPart, content: tensorsPart.content.subarray(0, -1) }]);
    expect((await importBundle()).refused).toMatchObject([{ code: 'import/bad-bundle' }]);
    await forge([recordPart(), part('weights.json'), tensorsPart]);
    expect((await importBundle()).refused[0]?.reason).toMatch(/not those that its run began with/);
    await forge([run, part('weights.json', Buffer.from('{}')), tensorsPart]);
    expect((await importBundle()).refused[0]?.reason).toMatch(/weights\.json cannot be used/);
    expect(await new WeightsStore(here.folder).list()).toEqual([]);
    expect(readdirSync(join(here.folder, 'runs'))).toEqual([]);
  });

  it('cannot be made of a run that began with its seed', async () => {
    const wrong = writeBundle({
      record,
      runFolder: there.runs.folder(record.id),
      out: bundle,
      force: false,
      app: '',
      withWeights: true,
    });
    await expect(wrong).rejects.toMatchObject({ code: 'export/no-weights' });
  });
});

interface Part {
  readonly name: string;
  readonly content: Buffer;
  readonly mode?: number;
  readonly compress?: boolean;
}

/** A bundle as an attacker makes it, whose manifest fits its files unless it is given. */
async function forge(parts: readonly Part[], manifest?: string): Promise<void> {
  const files = parts.map(({ name, content }) => ({
    path: name,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const fitting = JSON.stringify({ schema: 1, kind: 'microbatch run', app: '', run: record.id, files });
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(manifest ?? fitting), 'manifest.json', { compress: false });
  for (const { name, content, mode, compress } of parts) {
    zip.addBuffer(content, name, { compress: compress ?? false, ...(mode === undefined ? {} : { mode }) });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(bundle));
}

const recordPart = (changes: Partial<RunRecord> = {}): Part => ({
  name: 'run.json',
  content: Buffer.from(JSON.stringify({ ...record, ...changes })),
});
/** Changes a name in a zip to one of the same length that no writer would make. */
function rename(from: string, to: string): void {
  const bytes = readFileSync(bundle);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, 'latin1');
  writeFileSync(bundle, bytes);
}

describe('a hostile bundle', () => {
  async function expectRefused(reason: RegExp): Promise<void> {
    const outside = readdirSync(folder);
    const { imported, refused } = await importBundle();
    expect(imported).toEqual([]);
    expect(refused).toMatchObject([{ code: 'import/bad-bundle', reason: expect.stringMatching(reason) as string }]);
    expect(readdirSync(join(here.folder, 'runs'))).toEqual([]);
    expect(readdirSync(folder)).toEqual(outside);
  }

  it('is told from a sound one of the least size', async () => {
    await forge([recordPart()]);
    expect((await importBundle()).refused).toEqual([]);
  });

  it.each(['../../../evil', '/etc/evil-file', '..\\..\\..\\evil', 'log.txt:stream'])(
    'cannot reach %s',
    async (path) => {
      await forge([recordPart(), { name: 'x'.repeat(path.length), content: Buffer.from('evil') }], undefined);
      rename('x'.repeat(path.length), path);
      await expectRefused(/manifest/);
    },
  );

  it('cannot reach outside with a manifest that does not name it', async () => {
    await forge([recordPart(), { name: 'log.txt', content: Buffer.from('evil') }]);
    const bytes = readFileSync(bundle);
    // In the directory of the zip alone, so that the manifest stays as it is.
    bytes.write('../evil', bytes.lastIndexOf('log.txt'), 'latin1');
    writeFileSync(bundle, bytes);
    await expectRefused(/\.\.\/evil|invalid relative path/);
  });

  it('cannot plant a link', async () => {
    await forge([recordPart(), { name: 'log.txt', content: Buffer.from('/etc/passwd'), mode: 0o120777 }]);
    await expectRefused(/no plain file/);
  });

  it('cannot be a bomb, since nothing is decompressed', async () => {
    await forge([recordPart(), { name: 'log.txt', content: Buffer.alloc(5_000_000), compress: true }]);
    await expectRefused(/compressed/);
  });

  it('cannot hold a file twice', async () => {
    await forge([recordPart(), recordPart()]);
    await expectRefused(/twice/);
    const { content } = recordPart();
    const file = {
      path: 'run.json',
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
    const once = JSON.stringify({ schema: 1, kind: 'microbatch run', app: '', run: record.id, files: [file] });
    await forge([recordPart(), recordPart()], once);
    await expectRefused(/there twice/);
  });

  it('cannot hold other bytes, or fewer files, than it states', async () => {
    await write();
    const bytes = readFileSync(bundle);
    const at = bytes.lastIndexOf('SQLite format 3');
    bytes.writeUInt8(bytes.readUInt8(at + 3000) ^ 1, at + 3000);
    writeFileSync(bundle, bytes);
    await expectRefused(/SHA-256|damaged|checksum/i);
    const whole = { path: 'run.json', bytes: 1, sha256: '0'.repeat(64) };
    await forge([], JSON.stringify({ schema: 1, kind: 'microbatch run', app: '', run: record.id, files: [whole] }));
    await expectRefused(/run\.json is missing/);
  });

  it('cannot state huge counts', async () => {
    await forge([recordPart()]);
    const bytes = readFileSync(bundle);
    const end = bytes.lastIndexOf('PK\x05\x06');
    for (const field of [8, 10]) bytes.writeUInt16LE(0xfffe, end + field);
    writeFileSync(bundle, bytes);
    await expectRefused(/./);
  });

  it('cannot bring a run that would start, or one of another id', async () => {
    await forge([recordPart({ status: 'queued' })]);
    await expectRefused(/is queued/);
    await forge([recordPart({ id: 'another-run' })]);
    await expectRefused(/another run/);
    await forge([{ name: 'run.json', content: Buffer.from('{') }]);
    await expectRefused(/not JSON/);
  });

  it('cannot bring a database of something else', async () => {
    await forge([recordPart(), { name: 'metrics.sqlite', content: Buffer.from('no database'.repeat(200)) }]);
    await expectRefused(/not a database/);
  });

  it('may be cut off anywhere', async () => {
    await write();
    const bytes = readFileSync(bundle);
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      writeFileSync(bundle, bytes.subarray(0, Math.floor(share * bytes.length)));
      await expectRefused(/./);
    }
  });
});
