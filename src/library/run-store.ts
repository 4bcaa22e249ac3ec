import { appendFile, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { MicrobatchError, toErrorShape, type ErrorShape } from '../contracts/errors.ts';
import { describeIssues } from '../contracts/parse.ts';
import { runRecord, type RunRecord } from '../contracts/run-record.ts';
import { writeFileAtomically } from './atomic-file.ts';

export interface DamagedRun {
  readonly folder: string;
  readonly error: ErrorShape;
}

const idPattern = /^[a-z0-9-]{3,80}$/;

/** The run folders of a library. run.json is written whole and atomically, by one writer at a time per run. */
export class RunStore {
  readonly #runs: string;
  readonly #trash: string;
  readonly #readOnly: boolean;
  /** Updates of one run happen one after the other, so that none is lost. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(library: string, readOnly: boolean) {
    this.#runs = join(library, 'runs');
    this.#trash = join(library, 'trash');
    this.#readOnly = readOnly;
  }

  folder(id: string): string {
    if (!idPattern.test(id)) throw unknownRun(id);
    return join(this.#runs, id);
  }

  metricsFile(id: string): string {
    return join(this.folder(id), 'metrics.sqlite');
  }

  /** Every run, newest first. A damaged run.json is named beside the rest and hides nothing else. */
  async list(): Promise<{ records: RunRecord[]; damaged: DamagedRun[] }> {
    const entries = await readdir(this.#runs, { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory() && idPattern.test(entry.name));
    const records: RunRecord[] = [];
    const damaged: DamagedRun[] = [];
    for (const { name } of folders) {
      try {
        records.push(await this.get(name));
      } catch (error) {
        damaged.push({ folder: join(this.#runs, name), error: toErrorShape(error) });
      }
    }
    records.sort((left, right) => compareText(right.createdAt, left.createdAt) || compareText(left.id, right.id));
    return { records, damaged };
  }

  /** Throws `run/unknown` or `run/damaged`. */
  async get(id: string): Promise<RunRecord> {
    const path = join(this.folder(id), 'run.json');
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw unknownRun(id, cause);
    });
    return parseRecord(text, path);
  }

  /** A run by id, by the unique beginning of its id, or by its unique name. Throws `run/unknown` or `run/ambiguous`. */
  async resolve(reference: string): Promise<RunRecord> {
    if (idPattern.test(reference)) {
      const exact = await this.get(reference).catch(() => undefined);
      if (exact !== undefined) return exact;
    }
    const { records } = await this.list();
    const byPrefix = records.filter(({ id }) => id.startsWith(reference));
    const found = byPrefix.length > 0 ? byPrefix : records.filter(({ name }) => name === reference);
    const [only] = found;
    if (only === undefined || reference === '') throw unknownRun(reference);
    if (found.length > 1) {
      throw new MicrobatchError({
        code: 'run/ambiguous',
        message: `${reference} means ${String(found.length)} runs: ${found
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', ')}`,
        expected: 'the id of one run, or a beginning that only one id has',
        remedy: 'give more of the id; `microbatch list` shows them',
      });
    }
    return only;
  }

  /** Makes the folder of a new run. Throws `run/exists`. */
  async create(record: RunRecord): Promise<void> {
    this.#requireWritable();
    const folder = this.folder(record.id);
    await mkdir(folder).catch((cause: unknown) => {
      throw new MicrobatchError({ code: 'run/exists', message: `${folder} cannot be created` }, { cause });
    });
    await this.#write(record);
  }

  /** Changes a record in its turn and returns what was written. */
  async update(id: string, change: (record: RunRecord) => RunRecord): Promise<RunRecord> {
    this.#requireWritable();
    return this.#inTurn(id, async () => {
      const record = runRecord.parse(change(await this.get(id)));
      await this.#write(record);
      return record;
    });
  }

  /** Moves a run to the library's trash, from where `restore` brings it back. */
  async remove(id: string): Promise<void> {
    this.#requireWritable();
    await this.#inTurn(id, async () => {
      await this.get(id);
      await mkdir(this.#trash, { recursive: true });
      await rename(this.folder(id), join(this.#trash, id));
    });
  }

  async restore(id: string): Promise<RunRecord> {
    this.#requireWritable();
    const folder = this.folder(id);
    await rename(join(this.#trash, id), folder).catch((cause: unknown) => {
      throw unknownRun(id, cause);
    });
    return this.get(id);
  }

  async appendLog(id: string, line: string): Promise<void> {
    await appendFile(join(this.folder(id), 'log.txt'), `${new Date().toISOString()} ${line}\n`);
  }

  async readLog(id: string): Promise<string[]> {
    const text = await readFile(join(this.folder(id), 'log.txt'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async #write(record: RunRecord): Promise<void> {
    await writeFileAtomically(join(this.folder(record.id), 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
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

function parseRecord(text: string, path: string): RunRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damagedRecord(path, 'it is not JSON', cause);
  }
  const parsed = runRecord.safeParse(json);
  if (!parsed.success) throw damagedRecord(path, describeIssues(parsed.error));
  return parsed.data;
}

function damagedRecord(path: string, problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'run/damaged',
      message: `${path} cannot be used: ${problem}`,
      expected: 'a run record of schema 1',
      remedy: 'the other runs are not affected; bring this file back from a copy',
    },
    { cause },
  );
}

function unknownRun(reference: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'run/unknown',
      message: `there is no run ${reference}`,
      expected: 'the id, a unique beginning of an id, or a unique name',
      remedy: '`microbatch list` shows the runs of this library',
    },
    { cause },
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
