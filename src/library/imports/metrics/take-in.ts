import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { canonicalJson } from '../../../contracts/canonical-json.ts';
import type { ImportedItem } from '../../../contracts/imports.ts';
import { runRecord } from '../../../contracts/run-record.ts';
import type { RunOrigin, RunRecord } from '../../../contracts/run-record.ts';
import { statedSeed } from '../../../contracts/stated-settings.ts';
import { writeFileAtomically } from '../../atomic-file.ts';
import { countPoints, readBest, readLastStep, readLastValues } from '../../metric-reader.ts';
import { newRunId } from '../../run-id.ts';
import { takenIn } from '../../taken-ids.ts';
import { traceRecord, TraceStore } from '../../trace-store.ts';
import type { ImportTask } from '../importer.ts';
import type { RecordedPart } from './recording.ts';

export interface PreparedPart {
  readonly part: RecordedPart;
  readonly name: string;
  readonly origin: RunOrigin;
  /** Seconds that the run took, null where unknown. */
  readonly seconds: number | null;
}

/** Brings what is prepared in the staging folder into the library, all of it or, where one fails, nothing. */
export async function takeIn(prepared: readonly PreparedPart[], task: ImportTask): Promise<ImportedItem[]> {
  const traces = new TraceStore(task.library.folder);
  const isTaken = takenIn(task.library);
  const items: { item: ImportedItem; folder: string }[] = [];
  try {
    for (const one of prepared) {
      const id = newRunId(isTaken);
      const item = itemOf(one, id, task);
      if (task.kind === 'trace') {
        const record = { schema: 1, id, name: one.name, origin: one.origin, series: item.series };
        await writeFileAtomically(
          join(one.part.folder, 'trace.json'),
          `${JSON.stringify(traceRecord.parse(record), null, 2)}\n`,
        );
        await traces.takeIn(one.part.folder, id);
        items.push({ item, folder: join(task.library.folder, 'traces', id) });
      } else {
        const record = runRecord.parse(recordOf(one, id, task.app));
        await writeFileAtomically(join(one.part.folder, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
        await task.library.runs.takeIn(one.part.folder);
        items.push({ item, folder: task.library.runs.folder(id) });
      }
    }
  } catch (error) {
    for (const { folder } of items) await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return items.map(({ item }) => item);
}

function itemOf({ part, name, origin }: PreparedPart, id: string, { kind }: ImportTask): ImportedItem {
  const { file, renamed, notes } = origin;
  const renames = renamed.map(
    ({ column, series, scale }) => `${column} is ${series}${scale === 1 ? '' : `, times ${String(scale)}`}`,
  );
  const series = [...part.series].toSorted();
  const points = countPoints(join(part.folder, 'metrics.sqlite'));
  return { kind, id, name, file, series, points, tensors: 0, notes: [...renames, ...notes] };
}

function recordOf({ part, name, origin, seconds }: PreparedPart, id: string, app: string): RunRecord {
  const file = join(part.folder, 'metrics.sqlite');
  const at = origin.importedAt;
  const seed = statedSeed(origin.settings);
  const setting = Object.fromEntries(
    Object.entries(origin.settings).filter(([name]) => seed === null || !seed.names.includes(name)),
  );
  // Without settings nothing says that two runs are replicates.
  const stated = Object.keys(setting).length === 0 ? { sha256: origin.sha256, part: origin.part } : setting;
  return {
    schema: 1,
    id,
    name,
    status: 'done',
    spec: null,
    origin,
    specHash: hashOf({ ...stated, seed: seed?.value ?? null }),
    groupHash: hashOf(stated),
    createdAt: at,
    startedAt: null,
    endedAt: at,
    process: null,
    step: readLastStep(file),
    seconds: seconds ?? 0,
    best: readBest(file),
    final: readLastValues(file),
    resolved: null,
    provenance: { app, node: process.version, platform: process.platform, dataHash: null, streams: null, starts: [] },
    error: null,
    history: [{ at, event: 'created', reason: `imported from ${origin.file}` }],
  };
}

const hashOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');
