import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import type { RunStore } from '../library/run-store.ts';

/**
 * The records of a library's runs as its one host knows them. What is wanted is written and then told, or refused; what
 * has happened is told also where the disk refuses it.
 */
export class RunRecords {
  readonly #store: RunStore;
  readonly #tell: (record: RunRecord) => void;
  readonly #onProblem: (error: ErrorShape) => void;
  readonly #records = new Map<string, RunRecord>();
  /** Changes that are being written. */
  readonly #coming = new Map<string, RunRecord>();
  /** Runs whose record on disk is older than the one here. */
  readonly #unsaved = new Set<string>();

  /** `tell` hears of every new and changed record, `onProblem` of a change that may not outlast a loss of power. */
  constructor(
    store: RunStore,
    records: readonly RunRecord[],
    { tell, onProblem }: { tell: (record: RunRecord) => void; onProblem: (error: ErrorShape) => void },
  ) {
    this.#store = store;
    this.#tell = tell;
    this.#onProblem = onProblem;
    for (const record of records) this.#records.set(record.id, record);
  }

  all(): RunRecord[] {
    return [...this.#records.values()];
  }

  find(id: string): RunRecord | undefined {
    return this.#records.get(id);
  }

  /** Throws `run/unknown`. */
  get(id: string): RunRecord {
    const record = this.#records.get(id);
    if (record !== undefined) return record;
    throw new MicrobatchError({ code: 'run/unknown', message: `there is no run ${id} in this library` });
  }

  /** Makes the folder of a new run, with what `fill` puts there. Throws `library/...`; then there is no such run. */
  async create(record: RunRecord, fill?: (folder: string) => Promise<void>): Promise<void> {
    await this.#store.create(record, fill);
    this.#set(record);
  }

  /**
   * Records what somebody wants: resolves once it is on disk and told. Where it could not be written, throws
   * `library/...`, and the run stays as it was.
   */
  async change(id: string, change: (record: RunRecord) => RunRecord): Promise<RunRecord> {
    const changed = change(this.#newest(id));
    this.#coming.set(id, changed);
    try {
      await this.#store.save(changed);
    } catch (error) {
      // A disk can fail after the new file has taken its place: then it is so.
      if (!(await this.#store.holds(changed))) throw error;
      this.#unsaved.add(id);
      this.#onProblem(toErrorShape(error));
    } finally {
      if (this.#coming.get(id) === changed) this.#coming.delete(id);
    }
    this.#set(changed);
    return changed;
  }

  /**
   * Records what has happened, whatever the disk says: where it could not be written, throws `library/...` after telling,
   * and it is written with the next change or at the end.
   */
  async note(id: string, change: (record: RunRecord) => RunRecord): Promise<RunRecord> {
    const changed = change(this.#newest(id));
    this.#coming.set(id, changed);
    try {
      await this.#save(changed);
    } finally {
      if (this.#coming.get(id) === changed) this.#coming.delete(id);
      this.#set(changed);
    }
    return changed;
  }

  /** A run whose folder was removed by hand is only forgotten: nothing of it is left to keep. */
  async remove(id: string): Promise<void> {
    if (!(await this.#store.isGone(id))) await this.#store.remove(id);
    this.#records.delete(id);
    this.#unsaved.delete(id);
  }

  async restore(id: string): Promise<RunRecord> {
    const record = await this.#store.restore(id);
    this.#set(record);
    return record;
  }

  /** Takes up a run that lies in the library and is not known yet. Throws `run/unknown`, `run/damaged`. */
  async adopt(id: string): Promise<RunRecord> {
    const record = await this.#store.get(id);
    this.#set(record);
    return record;
  }

  /** Writes what the disk refused before; it may have room by now. Never rejects. */
  async saveRest(): Promise<void> {
    await Promise.allSettled([...this.#unsaved].map((id) => this.#save(this.#newest(id))));
  }

  #newest(id: string): RunRecord {
    return this.#coming.get(id) ?? this.get(id);
  }

  #set(record: RunRecord): void {
    this.#records.set(record.id, record);
    this.#tell(record);
  }

  async #save(record: RunRecord): Promise<void> {
    this.#unsaved.add(record.id);
    await this.#store.save(record);
    if (this.#newest(record.id) === record) this.#unsaved.delete(record.id);
  }
}
