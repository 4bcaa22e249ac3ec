import { join } from 'node:path';
import type { RunRecord } from '../../src/contracts/run-record.ts';
import { CheckpointStore } from '../../src/library/checkpoints/checkpoint-store.ts';
import { openLibrary } from '../../src/library/library.ts';
import { readMetrics } from '../../src/library/metric-reader.ts';

/** Values by series and step, those of the clock left out: they differ from run to run. */
export type Points = ReadonlyMap<string, ReadonlyMap<number, number>>;

export interface Observation {
  /** Null where the library holds no run yet. */
  readonly record: RunRecord | null;
  readonly points: Points;
  /** Step of the newest checkpoint; 0 without one. */
  readonly newest: number;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

/** What any reader of a library finds of its one run, while it is trained or after. */
export async function observe(folder: string): Promise<Observation> {
  const library = await openLibrary(folder, { create: true });
  const { records, damaged } = await library.runs.list();
  const problems = damaged.map(({ error }) => error.message);
  const [record] = records;
  if (record === undefined) return { record: null, points: new Map(), newest: 0, problems };
  if (records.length > 1) problems.push(`${String(records.length)} runs where one was started`);
  const { checkpoints, damaged: torn } = await new CheckpointStore(library.runs.folder(record.id)).survey();
  problems.push(...torn.map(({ message }) => message));
  return {
    record,
    points: pointsOf(library.runs.metricsFile(record.id)),
    newest: checkpoints.at(-1)?.step ?? 0,
    problems,
  };
}

function pointsOf(file: string): Points {
  const recorded = readMetrics(file).filter(({ name }) => !name.startsWith('system/'));
  return new Map(
    recorded.map(({ name, steps, values }) => [
      name,
      new Map(Array.from(steps, (step, index) => [step, values[index] ?? Number.NaN])),
    ]),
  );
}

/** Problems of checkpoints whose tensors are not what their manifests say; for a run that nobody trains. */
export async function tornCheckpoints(folder: string, { id }: RunRecord): Promise<string[]> {
  const store = new CheckpointStore(join(folder, 'runs', id));
  const problems: string[] = [];
  for (const { step } of await store.list()) {
    await store.load(step).catch((error: unknown) => problems.push(String(error)));
  }
  return problems;
}

/** What of `earlier` is missing in `later` or has another value. */
export function lostPoints(earlier: Points, later: Points): string[] {
  const lost: string[] = [];
  for (const [series, points] of earlier) {
    for (const [step, value] of points) {
      const now = later.get(series)?.get(step);
      if (now === undefined) lost.push(`${series} at step ${String(step)} is gone`);
      else if (!Object.is(now, value))
        lost.push(`${series} at step ${String(step)} was ${String(value)}, is ${String(now)}`);
    }
  }
  return lost.length > 3 ? [...lost.slice(0, 3), `${String(lost.length - 3)} more points`] : lost;
}

/** The whole training state at a step, as a hash over every parameter, buffer, stream and counter. */
export function stateHash(folder: string, { id }: RunRecord, step: number): Promise<string> {
  return new CheckpointStore(join(folder, 'runs', id)).stateHash(step);
}
