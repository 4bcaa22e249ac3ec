import type { ApiEmit } from '../contracts/api.ts';
import { fromDatasetTask } from '../contracts/dataset-protocol.ts';
import type { FromDatasetTask, ToDatasetTask } from '../contracts/dataset-protocol.ts';
import type { DatasetCard, DatasetEntry, DatasetKind, DatasetReport } from '../contracts/datasets.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { catalogueEntries } from '../data/catalogue-entries.ts';
import { removeSet, restoreSet } from '../data/store/trash.ts';
import { wordsOfExit } from './process-host.ts';
import type { ProcessExit, ProcessHost, RunnerProcess } from './process-host.ts';

export interface DatasetsOptions {
  readonly processHost: ProcessHost;
  /** Module that a data set process starts with. */
  readonly entry: string;
  /** Folder of what ships with the application. */
  readonly resources: string;
  /** Folder of this user's sets. */
  readonly folder: string;
  /** Data sets that runs name, one entry a run. */
  readonly usedBy: () => readonly string[];
  readonly emit: ApiEmit;
}

export interface AddRequest {
  readonly path: string;
  readonly id?: string | undefined;
  readonly kind?: DatasetKind | undefined;
}

type Answer = Extract<FromDatasetTask, { type: 'report' | 'card' }>;

/** The catalogue of data sets and the work on them. Each work is a process of its own, so that it can be given up. */
export class Datasets {
  readonly #options: DatasetsOptions;
  /** Processes by the set that they work on. */
  readonly #working = new Map<string, RunnerProcess>();

  constructor(options: DatasetsOptions) {
    this.#options = options;
  }

  /** The whole catalogue, with how many runs name each set. */
  list(): DatasetEntry[] {
    const used = this.#options.usedBy();
    const { resources, folder } = this.#options;
    return catalogueEntries({ resources, datasets: folder }).map((entry) => ({
      ...entry,
      runs: used.filter((id) => id === entry.id).length,
    }));
  }

  /** Reads a set from a file or folder and stores it. Throws the reason why it is not stored. */
  add(request: AddRequest): Promise<DatasetReport> {
    const name = request.id ?? request.path;
    return this.#reported(name, { type: 'add', datasets: this.#options.folder, ...request });
  }

  /** Fetches or makes a known set. Throws the reason why it is not stored. */
  download(id: string): Promise<DatasetReport> {
    return this.#reported(id, { type: 'download', datasets: this.#options.folder, id });
  }

  /** Compares every file of a set with its checksum. Throws `data/wrong-checksum`, `data/missing-file`. */
  verify(id: string): Promise<DatasetReport> {
    const { folder, resources } = this.#options;
    return this.#reported(id, { type: 'verify', datasets: folder, resources, id });
  }

  /** A close look at a set; given up with the signal. */
  async card(id: string, signal?: AbortSignal): Promise<DatasetCard> {
    const { folder, resources } = this.#options;
    const answer = await this.#ask(`card of ${id}`, { type: 'card', datasets: folder, resources, id }, signal);
    if (answer.type === 'card') return answer.card;
    throw nonsense();
  }

  /** Gives up the work on a set; does nothing where there is none. What a download has fetched stays. */
  cancel(id: string): void {
    this.#working.get(id)?.kill();
  }

  /** Moves a set to the trash. Throws `data/unknown-dataset`. */
  async remove(id: string): Promise<void> {
    await removeSet(this.#options.folder, id);
    this.#changed(id);
  }

  /** Brings a removed set back. Throws `data/unknown-dataset`, `data/exists`. */
  async restore(id: string): Promise<void> {
    await restoreSet(this.#options.folder, id);
    this.#changed(id);
  }

  /** Gives up all work. */
  close(): void {
    for (const process of this.#working.values()) process.kill();
  }

  async #reported(name: string, task: ToDatasetTask): Promise<DatasetReport> {
    const answer = await this.#ask(name, task);
    if (answer.type !== 'report') throw nonsense();
    this.#changed(answer.report.dataset);
    return answer.report;
  }

  #changed(dataset: string): void {
    this.#options.emit('datasets.changed', { dataset });
  }

  async #ask(name: string, task: ToDatasetTask, givenUp?: AbortSignal): Promise<Answer> {
    if (this.#working.has(name)) {
      throw new MicrobatchError({
        code: 'data/busy',
        message: `${name} is being worked on already`,
        remedy: 'wait for it, or cancel it',
      });
    }
    const process = this.#options.processHost.start(this.#options.entry, { name: `data set ${task.type}` });
    this.#working.set(name, process);
    const leave = (): void => {
      if (this.#working.get(name) === process) this.#working.delete(name);
    };
    const giveUp = (): void => {
      process.kill();
      // Whoever asks again need not wait until it is gone.
      leave();
    };
    if (givenUp?.aborted === true) giveUp();
    givenUp?.addEventListener('abort', giveUp, { once: true });
    return new Promise<Answer>((resolve, reject) => {
      let settled = false;
      process.onMessage((raw) => {
        const parsed = fromDatasetTask.safeParse(raw);
        if (parsed.success && parsed.data.type === 'progress') {
          const { what, fraction } = parsed.data;
          this.#options.emit('dataset.progress', { dataset: name, what, fraction });
          return;
        }
        settled = true;
        if (!parsed.success) reject(nonsense());
        else if (parsed.data.type === 'failed') reject(new MicrobatchError(parsed.data.error));
        else if (parsed.data.type !== 'progress') resolve(parsed.data);
        process.kill();
      });
      process.onExit((exit) => {
        leave();
        givenUp?.removeEventListener('abort', giveUp);
        if (!settled) reject(ended(name, exit));
      });
      process.send(task);
    });
  }
}

function ended(name: string, exit: ProcessExit): MicrobatchError {
  const words = exit.lastWords === '' || exit.outOfMemory ? '' : `: ${exit.lastWords.slice(-300)}`;
  return new MicrobatchError({
    code: 'data/given-up',
    message: `the work on ${name} ended ${wordsOfExit(exit)}${words}`,
    remedy: 'nothing half done was kept; start it again',
  });
}

function nonsense(): MicrobatchError {
  return new MicrobatchError({ code: 'data/protocol', message: 'the process of the data set sent nonsense' });
}
