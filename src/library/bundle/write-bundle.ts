import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { ExportedFile } from '../../contracts/exports.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import { damagedEvaluations } from '../evaluations-file.ts';
import { putInPlace, requireFree } from '../exports/new-file.ts';
import { isPlainFile, namesIn } from '../folder-entries.ts';
import { hashFile } from '../hash-file.ts';
import { readMetrics } from '../metric-reader.ts';
import { MetricWriter } from '../metric-writer.ts';
import { WeightsStore } from '../weights/weights-store.ts';
import { writeError } from '../write-error.ts';
import { manifestName, manifestText } from './manifest.ts';
import type { BundleManifest } from './manifest.ts';

export interface WriteBundleOptions {
  readonly record: RunRecord;
  readonly runFolder: string;
  /** Absolute path of the file to write. */
  readonly out: string;
  /** Whether to replace what is there. */
  readonly force: boolean;
  /** Version of the application. */
  readonly app: string;
  /** Whether the imported weights that the run began with go along. */
  readonly withWeights?: boolean;
  /** Gives the writing up when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a whole run as one zip: record, points, checkpoints, evaluations, certificate and log, and where asked the
 * imported weights that it began with, after a manifest with the SHA-256 of each. Files are stored as they are, so that a reader needs no more room than the bundle has. The same run makes the
 * same bytes. Throws `export/...`, `weights/...`, `evaluate/damaged`, `metrics/damaged`, `checkpoint/damaged`, `library/...`; nothing half done stays.
 */
export async function writeBundle(options: WriteBundleOptions): Promise<ExportedFile> {
  const { record, out, force } = options;
  requireIdle(record);
  await requireFree(out, force);
  const scratch = await mkdtemp(join(tmpdir(), 'microbatch-bundle-')).catch((cause: unknown) => {
    throw writeError(tmpdir(), cause);
  });
  const temporary = `${out}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const sources = await sourcesOf(options, scratch);
    await pack(sources, options, temporary);
    const written = { path: out, bytes: (await lstat(temporary)).size, sha256: await hashFile(temporary) };
    await putInPlace(temporary, out, force);
    return written;
  } catch (cause) {
    throw writeError(out, cause);
  } finally {
    for (const path of [temporary, scratch]) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function requireIdle({ id, status, process }: RunRecord): void {
  if (process === null && status !== 'queued' && status !== 'running') return;
  throw new MicrobatchError({
    code: 'export/run-not-idle',
    message: `run ${id} is ${status}`,
    expected: 'a run that is not trained at the moment and does not wait for it',
    remedy: 'stop it, or wait for its end',
  });
}

/** Path in the bundle to path on disk, in a fixed order. */
type Sources = ReadonlyMap<string, string>;

async function sourcesOf({ runFolder, record, withWeights }: WriteBundleOptions, scratch: string): Promise<Sources> {
  const sources = new Map<string, string>();
  const take = async (name: string): Promise<void> => {
    const path = join(runFolder, name);
    if (await isPlainFile(path)) sources.set(name, path);
  };
  await take('run.json');
  const metrics = join(runFolder, 'metrics.sqlite');
  if (await isPlainFile(metrics)) {
    sources.set('metrics.sqlite', copyMetrics(metrics, join(scratch, 'metrics.sqlite')));
  }
  await take('certificate.json');
  await take('log.txt');
  await requireSoundEvaluations(runFolder);
  await take('evaluations.json');
  const figures = await namesIn(join(runFolder, 'evaluations'));
  for (const name of figures.filter((one) => /^\d{1,9}-[a-z]+\.json$/.test(one))) await take(`evaluations/${name}`);
  await requireSoundCheckpoints(runFolder, record);
  const checkpoints = await namesIn(join(runFolder, 'checkpoints'));
  for (const name of checkpoints.filter((one) => /^step-\d{9}\.json$/.test(one))) await take(`checkpoints/${name}`);
  const objects = await namesIn(join(runFolder, 'checkpoints', 'objects'));
  for (const name of objects.filter((one) => /^[0-9a-f]{64}$/.test(one))) await take(`checkpoints/objects/${name}`);
  if (withWeights === true) {
    for (const [name, path] of await initialWeightsOf(record, runFolder)) sources.set(`weights/${name}`, path);
  }
  return sources;
}

/** The files of the imported weights that a run began with. */
async function initialWeightsOf({ id, spec }: RunRecord, runFolder: string): Promise<[name: string, path: string][]> {
  const weights = spec?.initialWeights?.weights;
  if (weights === undefined) {
    throw new MicrobatchError({
      code: 'export/no-weights',
      message: `run ${id} did not begin with imported weights`,
      expected: 'a run whose spec names initialWeights',
      remedy: 'leave --with-weights out: every checkpoint of the run is in its bundle anyway',
    });
  }
  const store = new WeightsStore(dirname(dirname(runFolder)));
  await store.verify(weights);
  return store.files(weights);
}

async function requireSoundEvaluations(runFolder: string): Promise<void> {
  const [first] = await damagedEvaluations(runFolder);
  if (first !== undefined) throw first.error;
}

/** One plain file, whatever a killed writer has left in the log beside it. */
function copyMetrics(from: string, to: string): string {
  const writer = new MetricWriter(to);
  try {
    for (const { name, steps, values } of readMetrics(from)) {
      for (const [index, step] of steps.entries()) writer.append(name, step, values[index] ?? Number.NaN);
    }
  } finally {
    writer.close();
  }
  return to;
}

async function requireSoundCheckpoints(runFolder: string, { id }: RunRecord): Promise<void> {
  const { damaged } = await new CheckpointStore(runFolder).survey();
  const [first] = damaged;
  if (first === undefined) return;
  throw new MicrobatchError({ ...first, remedy: `\`microbatch doctor --fix\` takes it out of run ${id}` });
}

async function pack(sources: Sources, { record, app, signal }: WriteBundleOptions, path: string): Promise<void> {
  const files: BundleManifest['files'] = [];
  for (const [name, source] of sources) {
    signal?.throwIfAborted();
    files.push({ path: name, bytes: (await lstat(source)).size, sha256: await hashFile(source) });
  }
  const manifest = manifestText({ schema: 1, kind: 'microbatch run', app, run: record.id, files });
  const entry = { compress: false, mtime: zipTime(record.createdAt), mode: 0o100644 };
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(manifest), manifestName, entry);
  for (const [name, source] of sources) zip.addFile(source, name, entry);
  zip.end();
  const failed = new Promise<never>((_resolve, reject) => zip.on('error', reject));
  const packed = pipeline(zip.outputStream, createWriteStream(path, { flags: 'wx', flush: true }), { signal });
  await Promise.race([packed, failed]);
}

/** Zip counts from 1980; a clock without its battery begins in 1970. */
function zipTime(iso: string): Date {
  return new Date(Math.max(Date.parse(iso), Date.UTC(1980, 0, 2)));
}
