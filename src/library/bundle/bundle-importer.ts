import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import type { ImportedItem } from '../../contracts/imports.ts';
import { describeIssues, parseJson } from '../../contracts/parse.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { writeFileAtomically } from '../atomic-file.ts';
import { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import { damagedEvaluations } from '../evaluations-file.ts';
import { namesIn } from '../folder-entries.ts';
import type { Importer, ImportTask } from '../imports/importer.ts';
import type { ImportSource } from '../imports/source.ts';
import { readMetrics } from '../metric-reader.ts';
import { readRecord, textOf } from '../record-file.ts';
import { newRunId } from '../run-id.ts';
import { takenIn } from '../taken-ids.ts';
import { weightsRecord, WeightsStore } from '../weights/weights-store.ts';
import type { WeightsRecord } from '../weights/weights-store.ts';
import { badBundle, manifestName } from './manifest.ts';
import { readManifest, unpackBundle } from './read-bundle.ts';

/** A whole run of another library. */
export const bundleImporter: Importer = {
  name: 'a bundle of a run',
  kinds: ['run'],
  detect({ head }) {
    const text = Buffer.from(head.subarray(0, 64)).toString('latin1');
    return text.startsWith('PK\x03\x04') && text.slice(30, 30 + manifestName.length) === manifestName;
  },
  async examine({ path }) {
    const { run, app, files } = await readManifest(path);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { kind: 'bundle', run, app, files: files.length, bytes };
  },
  import: importBundle,
};

async function importBundle(source: ImportSource, task: ImportTask): Promise<ImportedItem[]> {
  const folder = join(task.staging, 'bundle');
  try {
    const manifest = await unpackBundle(source.path, folder, (fraction) => task.progress(fraction));
    const record = await checkedRecord(folder, source.path);
    if (record.id !== manifest.run) throw badBundle(source.path, 'its record is of another run than its manifest says');
    return [await takeIn(folder, record, source, task)];
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The record of an unpacked bundle whose every part can be read. Throws `import/bad-bundle`. */
async function checkedRecord(folder: string, bundle: string): Promise<RunRecord> {
  try {
    const record = await readRecord(join(folder, 'run.json'));
    if (record.process !== null || ['queued', 'running'].includes(record.status)) {
      throw badBundle(bundle, `its run is ${record.status}`);
    }
    requirePlainTables(join(folder, 'metrics.sqlite'), bundle);
    const store = new CheckpointStore(folder);
    const { checkpoints, damaged } = await store.survey();
    const [first] = damaged;
    if (first !== undefined) throw new MicrobatchError(first);
    for (const { step } of checkpoints) await store.load(step);
    const [evaluation] = await damagedEvaluations(folder);
    if (evaluation !== undefined) throw evaluation.error;
    return record;
  } catch (cause) {
    const { code, message } = toErrorShape(cause);
    throw code === 'import/bad-bundle' ? cause : badBundle(bundle, message.replace(`${folder}/`, ''), cause);
  }
}

/** A view or trigger in place of a table could keep every reader busy for ever. */
function requirePlainTables(path: string, bundle: string): void {
  if (!existsSync(path)) return;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database
      .prepare(`SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' LIMIT 10`)
      .all();
    const found = tables.map(({ type, name }) => `${String(type)} ${String(name)}`).toSorted();
    const plain = found.every((one) => /^(table|index) /.test(one));
    if (!plain || !['table points', 'table series'].every((one) => found.includes(one)))
      throw badBundle(bundle, 'its metrics.sqlite is no metric store');
  } finally {
    database.close();
  }
}

async function takeIn(
  folder: string,
  record: RunRecord,
  source: ImportSource,
  task: ImportTask,
): Promise<ImportedItem> {
  const { runs } = task.library;
  const { records } = await runs.list();
  const same = records.find((other) => isSameRun(other, record));
  if (same !== undefined && !task.force) {
    throw new MicrobatchError({
      code: 'import/already-there',
      message: `the run of ${source.path} is in this library already, as ${same.id}`,
      remedy: 'import it once more with --force',
    });
  }
  const isTaken = takenIn(task.library);
  const id = isTaken(record.id) ? newRunId(isTaken) : record.id;
  const at = new Date().toISOString();
  const history = [...record.history, { at, event: 'created' as const, reason: `imported from ${source.name}` }];
  await writeFileAtomically(join(folder, 'run.json'), textOf({ ...record, id, history, sweep: undefined }));
  // It certifies files of a run with another id.
  if (id !== record.id) await rm(join(folder, 'certificate.json'), { force: true });
  const item = await itemOf(folder, { ...record, id }, source.name);
  const notes = await restoreWeights(folder, record, source, task);
  await runs.takeIn(folder);
  const renamed = id === record.id ? [] : [`there is another run ${record.id}: this one is ${id} here`];
  return { ...item, notes: [...renamed, ...notes] };
}

/** Brings the weights that a run began with into the library, where its bundle has them; what is worth saying of that. */
async function restoreWeights(
  folder: string,
  { spec, provenance }: RunRecord,
  source: ImportSource,
  task: ImportTask,
): Promise<string[]> {
  const prepared = join(folder, 'weights');
  if (!existsSync(prepared)) return [];
  const id = spec?.initialWeights?.weights;
  const store = new WeightsStore(task.library.folder);
  const named = await weightsIn(prepared, source.path);
  if (named.id !== id || (provenance.initialWeights ?? named.sha256) !== named.sha256) {
    throw badBundle(source.path, 'its weights are not those that its run began with');
  }
  if (!store.has(id)) {
    await store.adopt(prepared).catch((cause: unknown) => {
      const { code, message } = toErrorShape(cause);
      throw code === 'weights/damaged' ? badBundle(source.path, message.replace(`${folder}/`, ''), cause) : cause;
    });
    return [`with the weights ${id} that it began with`];
  }
  await rm(prepared, { recursive: true, force: true });
  const same = await store.get(id).then(
    ({ sha256 }) => sha256 === named.sha256,
    () => false,
  );
  return same ? [] : [`other weights are ${id} in this library: those that the run began with were left out`];
}

/** What the record of a bundle's weights says. Throws `import/bad-bundle`. */
async function weightsIn(prepared: string, bundle: string): Promise<WeightsRecord> {
  const text = await readFile(join(prepared, 'weights.json'), 'utf8').catch(() => '');
  const parsed = weightsRecord.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw badBundle(bundle, `its weights.json cannot be used: ${describeIssues(parsed.error)}`);
}

/** The moment of its creation to the millisecond, its settings and its start tell a run from every other. */
function isSameRun(one: RunRecord, other: RunRecord): boolean {
  return one.createdAt === other.createdAt && one.specHash === other.specHash && one.startedAt === other.startedAt;
}

async function itemOf(folder: string, { id, name }: RunRecord, file: string): Promise<ImportedItem> {
  const recorded = readMetrics(join(folder, 'metrics.sqlite'));
  const points = recorded.reduce((sum, { steps }) => sum + steps.length, 0);
  const tensors = (await namesIn(join(folder, 'checkpoints', 'objects'))).length;
  return { kind: 'run', id, name, file, series: recorded.map((one) => one.name), points, tensors, notes: [] };
}
