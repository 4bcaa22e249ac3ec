import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiEmit, ApiEvent, ApiEventName } from '../../contracts/api.ts';
import type { MicrobatchError } from '../../contracts/errors.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { MetricBatch, RunRecord, SpecifiedRun } from '../../contracts/run-record.ts';
import { encodeScalar, encodeSessionStart, encodeVersion } from '../../library/formats/tensorboard/event.ts';
import { frameRecord } from '../../library/formats/tensorboard/records.ts';
import { writeError } from '../../library/write-error.ts';
import { isFinished } from '../run-status.ts';

const writePeriodMilliseconds = 1000;

/** Events of one start of a run that no file has yet. */
interface OpenFile {
  readonly path: string;
  waiting: Buffer[];
}

/**
 * Event files that grow while runs train, a folder for each run in one folder: `tensorboard --logdir FOLDER` follows them.
 * Every start of a run begins a file of its own with the step that it goes on from; TensorBoard then leaves out what
 * earlier files hold from there, so that a resumed run has each point once. Points are a second behind at most.
 */
export class LiveTensorboard {
  readonly #folder: string;
  readonly #onProblem: (error: MicrobatchError) => void;
  readonly #records = new Map<string, SpecifiedRun>();
  readonly #files = new Map<string, OpenFile>();
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  #failed = false;

  private constructor(folder: string, onProblem: (error: MicrobatchError) => void) {
    this.#folder = folder;
    this.#onProblem = onProblem;
    this.#timer = setInterval(() => void this.#write(), writePeriodMilliseconds);
    this.#timer.unref();
  }

  /**
   * Makes the folder where it is missing. `onProblem` hears once of a file that cannot be written; training goes on without.
   * Throws `library/...` where the folder cannot be made.
   */
  static async open(folder: string, onProblem: (error: MicrobatchError) => void): Promise<LiveTensorboard> {
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw writeError(folder, cause);
    });
    return new LiveTensorboard(folder, onProblem);
  }

  /** Hears the events of a lab. */
  get listener(): ApiEmit {
    const listeners: { readonly [N in ApiEventName]?: (event: ApiEvent<N>) => void } = {
      'run.changed': (record) => this.#changed(record),
      'run.metrics': (batch) => this.#recorded(batch),
    };
    return (name, event) => listeners[name]?.(event);
  }

  /** The state of a run, which is told before its points. */
  #changed(record: RunRecord): void {
    if (!hasSpec(record)) return;
    this.#records.set(record.id, record);
    if (isFinished(record)) void this.#write().then(() => this.#files.delete(record.id));
  }

  #recorded({ run, series }: MetricBatch): void {
    const steps = Object.values(series).flatMap((column) => column.steps.slice(0, 1));
    const record = this.#records.get(run);
    if (record === undefined || steps.length === 0 || this.#failed) return;
    const now = Date.now() / 1000;
    const file = this.#files.get(run) ?? this.#begin(record, Math.min(...steps), now);
    for (const [name, column] of Object.entries(series)) {
      for (const [index, step] of column.steps.entries()) {
        file.waiting.push(frameRecord(encodeScalar(name, step, column.values[index] ?? Number.NaN, now)));
      }
    }
  }

  /** Writes what still waits. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write();
  }

  #begin({ id, spec }: SpecifiedRun, step: number, now: number): OpenFile {
    const name = `events.out.tfevents.${String(Math.floor(now)).padStart(10, '0')}.microbatch.${id}`;
    const path = join(this.#folder, `${spec.method}-seed-${String(spec.seed)}-${id}`, name);
    const file = { path, waiting: [frameRecord(encodeVersion(now)), frameRecord(encodeSessionStart(step, now))] };
    this.#files.set(id, file);
    return file;
  }

  /** One write after the other, in the order of the points. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      for (const file of this.#files.values()) {
        if (file.waiting.length > 0 && !this.#failed) await this.#append(file);
      }
    });
    return this.#writing;
  }

  async #append(file: OpenFile): Promise<void> {
    const events = Buffer.concat(file.waiting);
    file.waiting = [];
    try {
      await mkdir(join(file.path, '..'), { recursive: true });
      await appendFile(file.path, events);
    } catch (cause) {
      this.#failed = true;
      this.#onProblem(writeError(file.path, cause));
    }
  }
}
