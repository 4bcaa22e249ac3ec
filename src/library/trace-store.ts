import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MicrobatchError } from '../contracts/errors.ts';
import { recordId, recordIdPattern } from '../contracts/record-id.ts';
import { parseJson, parseOrThrow } from '../contracts/parse.ts';
import { runOrigin } from '../contracts/run-record.ts';
import { publish } from './atomic-file.ts';
import { requireOwn } from './folder-entries.ts';
import { bringBack, moveToTrash } from './trash.ts';
import { writeError } from './write-error.ts';

/** trace.json: a recorded curve that was imported to be grafted. Its points are in metrics.sqlite beside it, as a run's. */
export const traceRecord = z.object({
  schema: z.literal(1),
  id: recordId,
  name: z.string(),
  origin: runOrigin,
  series: z.array(z.string()),
});
export type TraceRecord = z.infer<typeof traceRecord>;

/** The imported traces of a library: traces/<id>/. Their ids are never those of runs, so that either can be named. */
export class TraceStore {
  readonly #library: string;
  readonly #traces: string;

  constructor(library: string) {
    this.#library = library;
    this.#traces = join(library, 'traces');
  }

  /** Throws `trace/unknown` for what is no id. */
  metricsFile(id: string): string {
    return join(this.#folder(id), 'metrics.sqlite');
  }

  /** Whether there is a trace with this id. */
  has(id: string): boolean {
    return recordIdPattern.test(id) && existsSync(this.metricsFile(id));
  }

  /** Newest first; a damaged one is left out. */
  async list(): Promise<TraceRecord[]> {
    const names = await readdir(this.#traces).catch(() => []);
    const found = await Promise.all(names.filter((name) => recordIdPattern.test(name)).map((name) => this.#read(name)));
    return found
      .filter((record) => record !== null)
      .toSorted((left, right) => (left.origin.importedAt < right.origin.importedAt ? 1 : -1));
  }

  /** Moves a folder that holds a whole trace, on the same disk, to its place. Throws `library/...`. */
  async takeIn(prepared: string, id: string): Promise<void> {
    const folder = this.#folder(id);
    try {
      requireOwn(this.#traces);
      await mkdir(this.#traces, { recursive: true });
      await publish(prepared, folder);
    } catch (cause) {
      throw writeError(folder, cause);
    }
  }

  /** Moves a trace to the library's trash; `restore` brings it back. Throws `trace/unknown`. */
  async remove(id: string): Promise<void> {
    const folder = this.#folder(id);
    if ((await stat(folder).catch(() => null)) === null) throw unknownTrace(id);
    await moveToTrash(this.#library, folder, id);
  }

  /** Brings a removed trace back. Throws `trace/unknown`, `library/...`. */
  restore(id: string): Promise<void> {
    return bringBack(this.#library, this.#folder(id), id, 'trace.json');
  }

  async #read(id: string): Promise<TraceRecord | null> {
    return readTraceRecord(join(this.#folder(id), 'trace.json')).catch(() => null);
  }

  #folder(id: string): string {
    if (!recordIdPattern.test(id)) throw unknownTrace(id);
    return join(this.#traces, id);
  }
}

/** Throws `trace/damaged`, also where the file is missing. */
export async function readTraceRecord(path: string): Promise<TraceRecord> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return parseOrThrow(traceRecord, parseJson(text), { code: 'trace/damaged', what: path });
}

function unknownTrace(id: string): MicrobatchError {
  return new MicrobatchError({ code: 'trace/unknown', message: `there is no trace ${id} in this library` });
}
