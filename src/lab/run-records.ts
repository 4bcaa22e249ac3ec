import { MicrobatchError } from '../contracts/errors.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import type { RunStore } from '../library/run-store.ts';

/**
 * The records of a library's runs as its one host knows them. A change is written and then told; where the disk refuses
 * it, it is told all the same, since it is so, and written with the next change or at the end.
 */
export class RunRecords {
  readonly #store: RunStore;
  readonly #tell: (record: RunRecord) => void;
  readonly #records = new Map<string, RunRecord>();
  /** Changes that are being written. */
  readonly #coming = new Map<string, RunRecord>();
  /** Runs whose record on disk is older than the one here. */
  readonly #unsaved = new Set<string>();

  /** `tell` hears of every new and changed record. */
  constructor(store: RunStore, records: readonly RunRecord[], tell: (record: RunRecord) => void) {
    this.#store = store;
    this.#tell = tell;
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

  /** Makes the folder of a new run. Throws `library/...`; then there is no such run. */
  async create(record: RunRecord): Promise<void> {
    await this.#store.create(record);
    this.#set(record);
  }

  /** Resolves once the change is on disk and told. Where it could not be written, throws `library/...` after telling. */
  async change(id: string, change: (record: RunRecord) => RunRecord): Promise<RunRecord> {
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

  async remove(id: string): Promise<void> {
    await this.#store.remove(id);
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
