import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MicrobatchError } from '../contracts/errors.ts';
import { recordIdPattern } from '../contracts/record-id.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { publish, writeFileAtomically } from './atomic-file.ts';
import { readRecord, textOf } from './record-file.ts';
import { RunIndex } from './run-index.ts';
import { entryOfWritten, listRuns, type DamagedRun } from './run-list.ts';
import { setAside, takeBack, takeBackUnfinished } from './run-attempts.ts';
import { shortened } from './shortened.ts';
import { bringBack, moveToTrash } from './trash.ts';
import { writeError } from './write-error.ts';
import { writeLibraryFile } from './write-library-file.ts';

/** The run folders of a library. run.json is written whole and atomically, by one writer at a time per run. */
export class RunStore {
  readonly #library: string;
  readonly #runs: string;
  readonly #readOnly: boolean;
  readonly #index: RunIndex;
  /** Writes of one run happen one after the other, so that the last one stays. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(library: string, readOnly: boolean) {
    this.#library = library;
    this.#runs = join(library, 'runs');
    this.#readOnly = readOnly;
    this.#index = new RunIndex(library, readOnly);
  }

  folder(id: string): string {
    if (!recordIdPattern.test(id)) throw unknownRun(id);
    return join(this.#runs, id);
  }

  metricsFile(id: string): string {
    return join(this.folder(id), 'metrics.sqlite');
  }

  /** Every run, newest first. A damaged run.json is named beside the rest and hides nothing else. */
  async list(): Promise<{ records: RunRecord[]; damaged: DamagedRun[] }> {
    const entries = await readdir(this.#runs, { withFileTypes: true }).catch(() => []);
    const ids = entries
      .filter((entry) => entry.isDirectory() && recordIdPattern.test(entry.name))
      .map(({ name }) => name);
    const { records, damaged } = await listRuns(this.#runs, ids, this.#index);
    records.sort((left, right) => compareText(right.createdAt, left.createdAt) || compareText(left.id, right.id));
    return { records, damaged };
  }

  /** Throws `run/unknown` where there is no such folder, `run/damaged` where its run.json is missing or cannot be used. */
  async get(id: string): Promise<RunRecord> {
    const folder = this.folder(id);
    if ((await stat(folder).catch(() => null)) === null) throw unknownRun(id);
    return readRecord(join(folder, 'run.json'));
  }

  /**
   * A run by id, by the unique beginning of its id, or by its unique name. A damaged run counts by its id.
   * Throws `run/unknown`, `run/ambiguous` or `run/damaged`.
   */
  async resolve(reference: string): Promise<RunRecord> {
    if (reference === '') throw unknownRun(reference);
    if (recordIdPattern.test(reference) && (await stat(this.folder(reference)).catch(() => null)) !== null) {
      return this.get(reference);
    }
    const { records, damaged } = await this.list();
    const ids = [...records.map(({ id }) => id), ...damaged.map(({ folder }) => basename(folder))];
    const byPrefix = ids.filter((id) => id.startsWith(reference));
    const byName = records.filter(({ name }) => name === reference).map(({ id }) => id);
    const found = byPrefix.length > 0 ? byPrefix : byName;
    const [only] = found;
    if (only === undefined) throw unknownRun(reference);
    if (found.length > 1) throw ambiguousRun(reference, found);
    return this.get(only);
  }

  /**
   * Makes the folder of a new run: prepared under another name, with what `fill` puts there, so that no run without its
   * record, and no fork without its beginning, is ever seen. Throws `run/exists`, `library/...`.
   */
  async create(record: RunRecord, fill: (folder: string) => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#requireWritable();
    const folder = this.folder(record.id);
    if ((await stat(folder).catch(() => null)) !== null) {
      throw runExists(record.id);
    }
    const prepared = join(this.#runs, `.${record.id}.new`);
    const text = textOf(record);
    try {
      await mkdir(prepared);
      await fill(prepared);
      await writeFileAtomically(join(prepared, 'run.json'), text);
      await publish(prepared, folder);
    } catch (cause) {
      await rm(prepared, { recursive: true, force: true }).catch(() => undefined);
      throw writeError(folder, cause);
    }
    await this.#enter(record, text);
  }

  /**
   * Moves a folder that holds a whole run, beside the runs on the same disk, to its place. Throws `run/exists`,
   * `run/damaged`, `library/...`.
   */
  async takeIn(prepared: string): Promise<RunRecord> {
    this.#requireWritable();
    const path = join(prepared, 'run.json');
    const record = await readRecord(path);
    const folder = this.folder(record.id);
    if ((await stat(folder).catch(() => null)) !== null) throw runExists(record.id);
    try {
      await publish(prepared, folder);
    } catch (cause) {
      throw writeError(folder, cause);
    }
    return record;
  }

  /** Replaces the record of a run, after every earlier `save` of it. Throws `library/...`. */
  async save(record: RunRecord): Promise<void> {
    this.#requireWritable();
    const path = join(this.folder(record.id), 'run.json');
    const text = textOf(record);
    await this.#inTurn(record.id, async () => {
      await writeLibraryFile(path, text);
      await this.#enter(record, text);
    });
  }

  /** Whether the record on disk is this one. */
  async holds(record: RunRecord): Promise<boolean> {
    const text = await readFile(join(this.folder(record.id), 'run.json'), 'utf8').catch(() => null);
    return text === textOf(record);
  }

  /** Enters a published run.json into the index. Where that is cut off, the next listing finds the file changed. */
  async #enter(record: RunRecord, text: string): Promise<void> {
    const path = join(this.folder(record.id), 'run.json');
    const entry = await entryOfWritten(path, text, record).catch(() => null);
    if (entry !== null) this.#index.write([entry], []);
  }

  /**
   * Moves all that a run has recorded to attempts/N in its folder, which it returns, so that it can be trained anew: all
   * of it or, where the disk refuses, nothing. Throws `library/...`.
   */
  setAside(id: string): Promise<string> {
    this.#requireWritable();
    return this.#inTurn(id, () => setAside(this.folder(id)));
  }

  /** Puts what was set aside back in the place of what is there now. Throws `library/...`. */
  takeBack(id: string, attempt: string): Promise<void> {
    this.#requireWritable();
    return this.#inTurn(id, () => takeBack(this.folder(id), attempt));
  }

  /** Moves a run to the library's trash, from where `restore` brings it back. */
  async remove(id: string): Promise<void> {
    this.#requireWritable();
    await this.#inTurn(id, async () => {
      await this.get(id);
      await moveToTrash(this.#library, this.folder(id), id);
    });
  }

  /** Whether somebody removed the folder of a run by hand, and not the library with it. */
  async isGone(id: string): Promise<boolean> {
    const isThere = (path: string): Promise<boolean> =>
      stat(path).then(
        () => true,
        () => false,
      );
    return !(await isThere(this.folder(id))) && isThere(this.#runs);
  }

  /** Throws `library/not-in-trash`, `run/exists`, `run/damaged`, `library/...`. */
  async restore(id: string): Promise<RunRecord> {
    this.#requireWritable();
    const folder = this.folder(id);
    if ((await stat(folder).catch(() => null)) !== null) throw runExists(id);
    await bringBack(this.#library, folder, id, 'run.json');
    return this.get(id);
  }

  /** Removes what a killed process left half-written. For the one host of the library. */
  async removeLeftovers(): Promise<void> {
    const entries = await readdir(this.#runs, { withFileTypes: true }).catch(() => []);
    for (const { name } of entries.filter((entry) => entry.isDirectory())) {
      const folder = join(this.#runs, name);
      if (/^\..*\.new$/.test(name)) await rm(folder, { recursive: true, force: true });
      if (!recordIdPattern.test(name)) continue;
      const files = await readdir(folder).catch(() => []);
      for (const file of files.filter((one) => /^run\.json\..*\.tmp$/.test(one))) {
        await rm(join(folder, file), { force: true });
      }
      await takeBackUnfinished(folder);
    }
  }

  async readLog(id: string): Promise<string[]> {
    const text = await readFile(join(this.folder(id), 'log.txt'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(id) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  #requireWritable(): void {
    if (!this.#readOnly) return;
    throw new MicrobatchError({
      code: 'library/read-only',
      message: `${this.#runs} cannot be written`,
      remedy: 'change its permissions or open another library',
    });
  }
}

function ambiguousRun(reference: string, ids: readonly string[]): MicrobatchError {
  return new MicrobatchError({
    code: 'run/ambiguous',
    message: `${shortened(reference)} means ${String(ids.length)} runs: ${ids.slice(0, 5).join(', ')}`,
    expected: 'the id of one run, or a beginning that only one id has',
    remedy: 'give more of the id; `microbatch list` shows them',
  });
}

function runExists(id: string): MicrobatchError {
  return new MicrobatchError({ code: 'run/exists', message: `there is already a run ${id}` });
}

function unknownRun(reference: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'run/unknown',
      message: `there is no run ${shortened(reference)}`,
      expected: 'the id, a unique beginning of an id, or a unique name',
      remedy: '`microbatch list` shows the runs of this library',
    },
    { cause },
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
