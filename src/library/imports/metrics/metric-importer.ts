import { join } from 'node:path';
import { MicrobatchError } from '../../../contracts/errors.ts';
import type { ImportedItem, ImportPreview } from '../../../contracts/imports.ts';
import type { RunOrigin } from '../../../contracts/run-record.ts';
import { statedMeanings } from '../../../contracts/stated-settings.ts';
import type { FileFacts } from '../../formats/metric-rows.ts';
import { countPoints } from '../../metric-reader.ts';
import { TraceStore } from '../../trace-store.ts';
import type { Importer, ImportTask } from '../importer.ts';
import type { ImportSource } from '../source.ts';
import type { MetricReader } from './reader.ts';
import { requireSoundBeginning } from './beginning.ts';
import { requireMapped } from './columns.ts';
import { hashFiles } from './hash-files.ts';
import { previewOf } from './preview.ts';
import { Recording } from './recording.ts';
import { takeIn } from './take-in.ts';
import type { PreparedPart } from './take-in.ts';

interface MetricForm {
  /** In words. */
  readonly name: string;
  readonly detect: (source: ImportSource) => boolean | Promise<boolean>;
  readonly open: (source: ImportSource) => MetricReader[] | Promise<MetricReader[]>;
}

/** An importer of recorded curves: as runs that can be compared, or as traces to be grafted. */
export function metricImporter({ name, detect, open }: MetricForm): Importer {
  return {
    name,
    kinds: ['run', 'trace'],
    detect,
    async import(source, task) {
      const readers = await open(source);
      const known = await knownHashes(task);
      const prepared: PreparedPart[] = [];
      const there: string[] = [];
      const seen = new Set<string>();
      for (const [index, reader] of readers.entries()) {
        await requireSoundBeginning(reader);
        const sha256 = await hashFiles(reader.files);
        const id = known.get(sha256);
        if (id !== undefined && !task.force) there.push(id);
        else {
          const progress = (fraction: number): void => task.progress((index + fraction) / readers.length);
          prepared.push(...(await prepare(source, reader, sha256, { ...task, progress }, prepared.length, seen)));
        }
      }
      if (prepared.length === 0) throw alreadyThere(source.path, task.kind, there);
      requireMapped(source.path, seen, task.mapping);
      return withNote(await takeIn(prepared, task), there);
    },
    async preview(source, mapping): Promise<ImportPreview> {
      return previewOf(source.path, await open(source), mapping);
    },
  };
}

/** Hashes of what was imported as this kind before, with the id that each has. */
async function knownHashes({ library, kind }: ImportTask): Promise<Map<string, string>> {
  const records = kind === 'trace' ? await new TraceStore(library.folder).list() : (await library.runs.list()).records;
  return new Map(records.flatMap(({ id, origin }) => (origin === undefined ? [] : [[origin.sha256, id]])));
}

async function prepare(
  source: ImportSource,
  reader: MetricReader,
  sha256: string,
  task: ImportTask,
  before: number,
  seen: Set<string>,
): Promise<PreparedPart[]> {
  const { staging, mapping, force } = task;
  const columns = await reader.columns();
  const recording = new Recording({
    file: source.path,
    staging: join(staging, `${sha256.slice(0, 12)}-${String(before)}`),
    mapping,
    columns,
    progress: (fraction) => task.progress(fraction),
  });
  const { facts, parts } = await recordAll(reader, recording);
  for (const column of recording.targets.keys()) seen.add(column);
  if (facts.cutOff.length > 0 && !force) throw cutOff(source.path, facts.cutOff);
  if (parts.length === 0) throw noSeries(source.path, recording);
  const importedAt = new Date().toISOString();
  const notes = [
    ...statedMeanings(facts.settings),
    ...facts.notes,
    ...facts.cutOff.map((file) => `${file} ends within a record: read up to there`),
    ...recording.notes(),
  ];
  return parts.map((part) => {
    const name = part.name ?? facts.title ?? reader.name ?? source.name.replace(/[.][^.]{1,12}$/, '');
    const renamed = [...recording.targets].flatMap(([column, target]) =>
      target.part === part.name && target.series !== null && target.reason !== ''
        ? [{ column, series: target.series, scale: target.scale }]
        : [],
    );
    const { settings, seconds } = facts;
    const repeated = part.rows - countPoints(join(part.folder, 'metrics.sqlite'));
    const origin: RunOrigin = {
      ...{ kind: 'imported', tool: reader.tool, file: source.name, sha256, importedAt, renamed },
      notes: repeated === 0 ? notes : [...notes, `steps that came again: ${String(repeated)}; their last value stays`],
      part: part.name ?? reader.name,
      settings,
    };
    return { part, name: name.slice(0, 200), origin, seconds };
  });
}

/** The stores are closed also where reading fails: the folder is removed then. */
async function recordAll(
  reader: MetricReader,
  recording: Recording,
): Promise<{ facts: FileFacts; parts: ReturnType<Recording['close']> }> {
  try {
    const facts = await reader.read(recording);
    return { facts, parts: recording.close() };
  } catch (error) {
    recording.close();
    throw error;
  }
}

function withNote(items: ImportedItem[], there: readonly string[]): ImportedItem[] {
  const [first, ...others] = items;
  if (first === undefined || there.length === 0) return items;
  const note = `of the same folder, there already: ${there.join(', ')}`;
  return [{ ...first, notes: [...first.notes, note] }, ...others];
}

function alreadyThere(file: string, kind: string, ids: readonly string[]): MicrobatchError {
  if (ids.length === 0) return noSeries(file, null);
  return new MicrobatchError({
    code: 'import/already-there',
    message: `${file} is in this library already, as the ${kind} ${ids.slice(0, 5).join(', ')}`,
    expected: 'a file whose content was not imported yet',
    remedy: 'give --force to import it again',
  });
}

function cutOff(file: string, files: readonly string[]): MicrobatchError {
  return new MicrobatchError({
    code: 'import/cut-off',
    message: `${file} cannot be imported whole: ${files.join(', ')} ends within a record, as where a writer was killed or still writes`,
    expected: 'a file that ends with a whole record',
    remedy: 'give --force to import what was recorded before the cut',
  });
}

function noSeries(file: string, recording: Recording | null): MicrobatchError {
  const left = [...(recording?.targets ?? [])].slice(0, 10).map(([column]) => JSON.stringify(column));
  return new MicrobatchError({
    code: 'import/no-series',
    message: `${file} holds no recorded numbers`,
    expected: `a column of numbers beside that of the steps${left.length === 0 ? '' : `; there are ${left.join(', ')}`}`,
  });
}
