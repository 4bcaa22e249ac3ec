import process from 'node:process';
import type { ApiEmit } from '../contracts/api.ts';
import { toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { ApplicationBuild, MakerFacts } from '../contracts/provenance.ts';
import type { RunRecord, SpecifiedRun } from '../contracts/run-record.ts';
import type { Library } from '../library/library.ts';
import { QueueFile } from '../library/queue-file.ts';
import { ActiveRuns, processOf } from './active-runs.ts';
import type { ActiveRun } from './active-runs.ts';
import { Admission } from './admission.ts';
import { sourcesIn } from './library-sources.ts';
import type { ProcessHost } from './process-host.ts';
import type { Machine, Share } from './queue/allocation.ts';
import { Queue } from './queue/queue.ts';
import type { Training } from './queue/queue.ts';
import { RunCare } from './recovery/run-care.ts';
import * as life from './run-life.ts';
import type { SleepGap } from './run-life.ts';
import { RunRecords } from './run-records.ts';
import { isFinished, wrongStatus } from './run-status.ts';
import { summariseOrKeep } from './run-summary.ts';
import type { RunnerEnd, RunnerPatience } from './runner-client.ts';

export interface RunsOptions {
  readonly library: Library;
  readonly processHost: ProcessHost;
  readonly runnerEntry: string;
  readonly resources: string;
  readonly machine: Machine;
  readonly trains: Training;
  readonly build: ApplicationBuild;
  readonly emit: ApiEmit;
  /** Told of failures that no caller waits for: a record that could not be written, a damaged run. */
  readonly onProblem: (error: ErrorShape) => void;
  readonly patience?: RunnerPatience;
}

/** What a record says of who made it. */
function makerOf({ app }: ApplicationBuild): MakerFacts {
  return { app, node: process.versions.node, platform: `${process.platform} ${process.arch}` };
}

/** The runs of a library: their records, their processes, and what they wait for. */
export class Runs {
  readonly #options: RunsOptions;
  readonly #records: RunRecords;
  readonly #active: ActiveRuns;
  /** What waits. */
  readonly queue: Queue;
  /** Every way for a run into the queue. */
  readonly admission: Admission;
  /** Checkpoints of runs, and their verification. */
  readonly care: RunCare;
  #closing = false;

  private constructor(options: RunsOptions, records: readonly RunRecord[]) {
    this.#options = options;
    this.#records = new RunRecords(options.library.runs, records, {
      tell: (record) => this.#tell(record),
      onProblem: options.onProblem,
    });
    const { library, processHost, runnerEntry, resources, emit, patience } = options;
    this.#active = new ActiveRuns({
      ...{ library, processHost, runnerEntry, resources, emit },
      ...(patience === undefined ? {} : { patience }),
      onStarted: (run, client, message) => {
        const noted = life.noteStart(message, options.build);
        this.#later(this.#records.note(run, (record) => ({ ...noted(record), process: processOf(client) })));
      },
      onEnded: (run, end) => this.#finish(this.get(run), end),
    });
    const sources = sourcesIn(library.folder, (run) => this.#records.find(run));
    this.queue = new Queue({
      file: new QueueFile(library.folder),
      machine: options.machine,
      trains: library.readOnly ? 'nothing' : options.trains,
      sources,
      inUse: () => this.#sharesInUse(),
      start: (record, share) => this.#start(record, share),
      emit,
      onProblem: options.onProblem,
    });
    const get = (run: string): RunRecord => this.get(run);
    const { queue } = this;
    this.admission = new Admission({
      ...{ library, records: this.#records, queue, sources, maker: makerOf(options.build), get },
    });
    this.care = new RunCare({ ...options, active: this.#active, get });
  }

  /** Reads the library. Runs whose process died with its host are marked interrupted; queued ones go on waiting. */
  static async open(options: RunsOptions): Promise<Runs> {
    const { records, damaged } = await options.library.runs.list();
    for (const { error } of damaged) options.onProblem(error);
    const runs = new Runs(options, records);
    if (!options.library.readOnly) {
      await options.library.runs.removeLeftovers();
      for (const record of records) {
        if (record.status === 'running' || (record.status === 'paused' && !life.isSuspended(record)))
          await runs.#finish(record, life.abandoned);
      }
    }
    await runs.queue.open(runs.#records.all());
    return runs;
  }

  /** Newest first, with the progress of this moment. */
  list(): RunRecord[] {
    return this.#records
      .all()
      .map((record) => this.#active.withLive(record))
      .toSorted((left, right) => (left.createdAt < right.createdAt ? 1 : -1));
  }

  /** Throws `run/unknown`. */
  get(id: string): RunRecord {
    return this.#active.withLive(this.#records.get(id));
  }

  /** Runs that train now; paused ones do not. */
  get runningCount(): number {
    return this.#active.size - this.pausedCount;
  }

  /** Runs that rest and have a process. */
  get pausedCount(): number {
    return this.#active.ids().filter((id) => this.#records.find(id)?.status === 'paused').length;
  }

  /** Saves a checkpoint of every run that trains: the machine is about to sleep. Never rejects; what fails is told. */
  async prepareSleep(): Promise<void> {
    const saved = await Promise.allSettled(this.#trainingIds().map((id) => this.care.saveCheckpoint(id)));
    for (const one of saved) if (one.status === 'rejected') this.#options.onProblem(toErrorShape(one.reason));
  }

  /** Notes in every run that trains that the machine slept; training goes on by itself. Never rejects. */
  async noteSleep(gap: SleepGap): Promise<void> {
    const noted = await Promise.allSettled(
      this.#trainingIds().map((id) =>
        this.#records.change(id, (record) => life.markSlept(gap)(this.#active.withLive(record))),
      ),
    );
    for (const one of noted) if (one.status === 'rejected') this.#options.onProblem(toErrorShape(one.reason));
  }

  #trainingIds(): string[] {
    return this.#active.ids().filter((id) => this.#records.find(id)?.status === 'running');
  }

  /** Lets a run rest after its present step. Throws `run/wrong-status`. */
  async pause(id: string): Promise<void> {
    const active = this.#requireActive(id, 'running', 'paused');
    const step = await active.client.pause();
    await this.#records.note(id, life.markPaused(step, active.live.seconds));
    this.queue.startNext();
  }

  /**
   * Lets a run go on: one that rests at once; one that ended early once the queue starts it, exactly from its newest
   * sound checkpoint. Throws `run/wrong-status`, `trace/...`, `library/...`.
   */
  async resume(id: string): Promise<void> {
    if (!this.#active.has(id)) return this.admission.goOn(id);
    const active = this.#requireActive(id, 'paused', 'resumed');
    const step = await active.client.resume();
    await this.#records.note(id, life.markResumed(step));
  }

  /** Ends a run after its present step, or takes it out of the queue. Resolves when its record says so. */
  async stop(id: string): Promise<void> {
    const record = this.get(id);
    const active = this.#active.get(id);
    if (active !== undefined) {
      await active.client.stop();
      await active.settled;
    } else if (record.status === 'queued') {
      await this.queue.takeOut(id, () => this.#records.change(id, life.markWithdrawn));
    } else if (life.isSuspended(record)) {
      await this.#records.change(id, life.markGivenUp);
    } else {
      throw wrongStatus(record, 'stopped', 'a run that is queued, running or paused');
    }
  }

  rename(id: string, name: string): Promise<RunRecord> {
    this.get(id);
    return this.#records.change(id, (record) => ({ ...record, name }));
  }

  /** Moves a run that has no process to the trash. */
  async remove(id: string): Promise<void> {
    const record = this.get(id);
    if (this.#active.has(id)) throw wrongStatus(record, 'removed', 'a run that does not train: stop it first');
    const isGone = await this.#options.library.runs.isGone(id);
    if (record.status === 'queued' && !isGone) await this.stop(id);
    await this.#records.remove(id);
    // What takes its trace is blocked from now on.
    this.queue.tell();
    this.#options.emit('run.removed', { run: id });
  }

  /** Takes up a run whose folder somebody else has put into the library. */
  adopt(id: string): Promise<RunRecord> {
    return this.#records.adopt(id);
  }

  restore(id: string): Promise<RunRecord> {
    return this.#records.restore(id);
  }

  log(id: string): Promise<string[]> {
    this.get(id);
    return this.#options.library.runs.readLog(id);
  }

  /**
   * Ends every process in order, with a checkpoint: those runs rest and can be resumed. What is queued stays queued;
   * `withdraw` withdraws what this host has queued.
   */
  async close({ withdraw }: { readonly withdraw: boolean }): Promise<void> {
    this.#closing = true;
    void this.queue.close();
    const waiting = withdraw ? this.queue.ownWaiting : [];
    // A run that ends by itself in this very moment has no stop to wait for.
    await Promise.allSettled([...waiting, ...this.#active.ids()].map((id) => this.stop(id)));
    await this.#records.saveRest();
    await this.queue.close();
  }

  /** Paused runs leave their threads to others, but keep what they hold in the memory of a graphics card. */
  #sharesInUse(): Share[] {
    return this.#active.ids().flatMap((id) => {
      const share = this.#active.get(id)?.share;
      if (share === undefined) return [];
      return [this.#records.find(id)?.status === 'paused' ? { ...share, threads: 0 } : share];
    });
  }

  #start(record: SpecifiedRun, share: Share): void {
    try {
      const client = this.#active.start(record, share);
      this.#later(this.#records.note(record.id, life.markRunning(processOf(client))));
    } catch (error) {
      this.#later(this.#finish(record, { type: 'lost', error: toErrorShape(error) }));
    }
  }

  /** Records how a run ended. Never rejects: what cannot be read or written is told, and shown at the run. */
  async #finish(record: RunRecord, end: RunnerEnd): Promise<void> {
    const { summary, problem } = summariseOrKeep(this.#options.library.runs.metricsFile(record.id), record);
    if (problem !== null) this.#options.onProblem(problem);
    const ended =
      this.#closing && end.type === 'finished' && end.outcome === 'stopped'
        ? life.markSuspended(end, summary)
        : life.markEnded(end, summary, problem);
    await this.#records.note(record.id, ended).catch((error: unknown) => {
      this.#options.onProblem(toErrorShape(error));
    });
  }

  /** The next run starts before the end of one is told: whoever hears of it and counts must not find an idle lab. */
  #tell(record: RunRecord): void {
    const hadProcess = (isFinished(record) || life.isSuspended(record)) && this.#active.forget(record.id);
    // Also the end of a run that never had one decides what may start: others may wait for its trace.
    if (hadProcess || record.status === 'done') this.queue.startNext();
    this.queue.tell();
    this.#options.emit('run.changed', this.#active.withLive(record));
  }

  #requireActive(id: string, status: RunRecord['status'], wanted: string): ActiveRun {
    const record = this.get(id);
    const active = this.#active.get(id);
    if (active !== undefined && record.status === status) return active;
    throw wrongStatus(record, wanted, `a run that is ${status}`);
  }

  #later(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#options.onProblem(toErrorShape(error)));
  }
}
