import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { writeNewFile } from '../../library/exports/new-file.ts';
import { csvLines } from '../../library/formats/points-csv.ts';
import { encodeScalar, encodeVersion } from '../../library/formats/tensorboard/event.ts';
import { isEventFileName } from '../../library/formats/tensorboard/read-events.ts';
import { frameRecord } from '../../library/formats/tensorboard/records.ts';
import { readMetrics, readPoints, readSeriesNames } from '../../library/metric-reader.ts';
import type { RecordedPoint } from '../../library/metric-reader.ts';
import { writeError } from '../../library/write-error.ts';
import type { Exporter, ExportTask } from './exporter.ts';

/** Writes every recorded point of a run as the verb `metrics` prints them, which `import` reads again. */
export const csvExporter: Exporter = {
  description: 'every recorded point: series,step,value',
  export: (task) =>
    exportPoints(task, task.out, (_, store) =>
      bytesOf(csvLines(seriesBySeries(store)), (line) => Buffer.from(`${line}\n`)),
    ),
};

/** Writes the scalars of a run as an event file, in a folder where the path is not one of an event file itself. */
export const tensorboardExporter: Exporter = {
  description: 'a folder with an event file, for tensorboard --logdir',
  export: async (task) => {
    const record = await task.library.runs.resolve(task.reference);
    return exportPoints(task, await eventFilePath(task, record), (run, store) =>
      bytesOf(events(run, store), frameRecord),
    );
  },
};

async function exportPoints(
  task: ExportTask,
  path: string,
  parts: (run: RunRecord, store: string) => Iterable<Uint8Array>,
): ReturnType<Exporter['export']> {
  if (task.checkpoint !== undefined) {
    throw new MicrobatchError({
      code: 'export/no-checkpoint',
      message: `${task.format} holds the metrics of a run, which belong to no checkpoint`,
      remedy: 'leave --checkpoint out',
    });
  }
  const run = await task.library.runs.resolve(task.reference);
  const store = task.library.runs.metricsFile(run.id);
  const file = await writeNewFile(path, parts(run, store), task);
  return { run: run.id, weights: null, checkpoint: null, files: [file] };
}

async function eventFilePath({ out, force }: ExportTask, run: RunRecord): Promise<string> {
  if (isEventFileName(basename(out))) return out;
  await mkdir(out, { recursive: true }).catch((cause: unknown) => {
    throw writeError(out, cause);
  });
  const path = join(
    out,
    `events.out.tfevents.${String(Math.floor(secondsOf(run))).padStart(10, '0')}.microbatch.${run.id}`,
  );
  const others = (await readdir(out)).filter((name) => isEventFileName(name) && name !== basename(path));
  if (others.length === 0 || force) return path;
  throw new MicrobatchError({
    code: 'export/exists',
    message: `${out} holds event files already, whose curves TensorBoard would join with these`,
    expected: 'an empty folder, or one that is not there',
    remedy: 'name another folder, one for each run',
  });
}

/** When a run began, seconds since 1970. */
const secondsOf = ({ startedAt, createdAt }: RunRecord): number => Date.parse(startedAt ?? createdAt) / 1000;

/** The time of a step is that of training: the beginning and the recorded seconds, pauses left out. */
function* events(run: RunRecord, store: string): Generator<Uint8Array> {
  const begin = secondsOf(run);
  const [clock] = readMetrics(store, ['system/seconds']);
  yield encodeVersion(begin);
  let at = 0;
  for (const { series, step, value } of readPoints(store)) {
    while (clock !== undefined && at + 1 < clock.steps.length && (clock.steps[at + 1] ?? Infinity) <= step) at += 1;
    yield encodeScalar(series, step, value ?? Number.NaN, begin + (clock?.values[at] ?? 0));
  }
}

function* seriesBySeries(store: string): Generator<RecordedPoint> {
  for (const series of readSeriesNames(store)) yield* readPoints(store, { series });
}

const partBytes = 262_144;

/** Joins small pieces to parts of some size. */
function* bytesOf<T>(pieces: Iterable<T>, encode: (piece: T) => Buffer): Generator<Uint8Array> {
  let held: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    const encoded = encode(piece);
    held.push(encoded);
    bytes += encoded.length;
    if (bytes < partBytes) continue;
    yield Buffer.concat(held);
    [held, bytes] = [[], 0];
  }
  yield Buffer.concat(held);
}
