import type { ApiEmit, ApiParameters } from '../contracts/api.ts';
import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { Certificate } from '../contracts/certificate.ts';
import type { CheckpointList, PruneReport } from '../contracts/checkpoints.ts';
import { finishedStatuses, hasSpec } from '../contracts/run-record.ts';
import type { QueuePriority } from '../contracts/queue.ts';
import type { RunRecord, SpecifiedRun } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import type { Library } from '../library/library.ts';
import { QueueFile } from '../library/queue-file.ts';
import { readCertificate } from '../library/certificate-file.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import { newRunId } from '../library/run-id.ts';
import { TraceStore } from '../library/trace-store.ts';
import { ActiveRuns, processOf } from './active-runs.ts';
import type { ActiveRun } from './active-runs.ts';
import type { ProcessHost } from './process-host.ts';
import type { Machine, Share } from './queue/allocation.ts';
import type { Sources } from './queue/dependencies.ts';
import { Queue } from './queue/queue.ts';
import type { Training } from './queue/queue.ts';
import { beginWith, requireForkable } from './recovery/fork.ts';
import { requireContinuable, resumeStep } from './recovery/resume.ts';
import { listCheckpoints, pruneCheckpoints } from './recovery/run-checkpoints.ts';
import { verifyRun } from './recovery/verify.ts';
import { runName } from './run-identity.ts';
import * as life from './run-life.ts';
import { checkSpec } from './spec-checks.ts';
import { summariseOrKeep } from './run-summary.ts';
import { RunRecords } from './run-records.ts';
import type { RunnerEnd, RunnerPatience } from './runner-client.ts';

export interface RunsOptions {
  readonly library: Library;
  readonly processHost: ProcessHost;
  readonly runnerEntry: string;
  readonly resources: string;
  readonly machine: Machine;
  readonly trains: Training;
  readonly provenance: Omit<RunRecord['provenance'], 'dataHash'>;
  readonly emit: ApiEmit;
  /** Told of failures that no caller waits for: a record that could not be written, a damaged run. */
  readonly onProblem: (error: ErrorShape) => void;
  readonly patience?: RunnerPatience;
}

/** The runs of a library and their queue: first come, first trained, as many side by side as there are cores. */
export class Runs {
  readonly #options: RunsOptions;
  readonly #records: RunRecords;
  readonly #active: ActiveRuns;
  readonly #queue: Queue;
  /** Runs whose resume is being recorded. */
  readonly #continuing = new Set<string>();
  #closing = false;
  readonly #sources: Sources;

  private constructor(options: RunsOptions, records: readonly RunRecord[]) {
    this.#options = options;
    this.#records = new RunRecords(options.library.runs, records, (record) => this.#tell(record));
    const { library, processHost, runnerEntry, resources, emit, patience } = options;
    this.#active = new ActiveRuns({
      ...{ library, processHost, runnerEntry, resources, emit },
      ...(patience === undefined ? {} : { patience }),
      onStarted: (run, client, { resolved, dataHash, from }) => {
        this.#later(
          this.#records.change(run, (record) => ({
            ...(from === null ? record : life.noteBeginning(from)(record)),
            resolved,
            process: processOf(client),
            provenance: { ...record.provenance, dataHash },
          })),
        );
      },
      onEnded: (run, end) => this.#finish(this.get(run), end),
    });
    const traces = new TraceStore(library.folder);
    this.#sources = { find: (run) => this.#records.find(run), hasTrace: (id) => traces.has(id) };
    this.#queue = new Queue({
      file: new QueueFile(library.folder),
      machine: options.machine,
      trains: library.readOnly ? 'nothing' : options.trains,
      sources: this.#sources,
      inUse: () => this.#sharesInUse(),
      start: (record, share) => this.#start(record, share),
      emit,
      onProblem: options.onProblem,
    });
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
    await runs.#queue.open(runs.#records.all());
    return runs;
  }

  /** What waits. */
  get queue(): Queue {
    return this.#queue;
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

  /** Queues one run a seed. Throws what `check` throws, and `library/...`. */
  create({ spec, seeds, name, priority }: ApiParameters<'runs.create'>): Promise<SpecifiedRun[]> {
    const wanted = [...new Set(seeds)].map((seed) => {
      const seeded = { ...spec, seed };
      return { spec: seeded, name: runName(seeded, name, seeds.length) };
    });
    return this.createAll(wanted, { priority });
  }

  /** Queues runs in their order and starts what fits. Throws what `check` throws before any is made, and `library/...`. */
  async createAll(
    wanted: readonly { readonly spec: RunSpec; readonly name: string }[],
    { priority, sweep }: { readonly priority?: QueuePriority | undefined; readonly sweep?: string },
  ): Promise<SpecifiedRun[]> {
    for (const { spec } of wanted) this.check(spec);
    const created: SpecifiedRun[] = [];
    const begin = Date.now();
    try {
      for (const [index, { spec, name }] of wanted.entries()) {
        const record = life.newRecord({
          id: newRunId((id) => this.#records.find(id) !== undefined),
          name,
          spec,
          // A millisecond apart, so that their order is kept.
          createdAt: new Date(begin + index).toISOString(),
          sweep,
          provenance: this.#options.provenance,
        });
        await this.#records.create(record);
        this.#queue.add(record.id, priority);
        created.push(record);
      }
    } finally {
      // Also where the disk fills up in between: what was queued is trained.
      this.#queue.startNext();
    }
    await this.#queue.save();
    return created;
  }

  /**
   * Refuses a spec whose data set cannot be divided or resized so, or which takes a trace that is not there. Throws
   * `data/...`, `trace/unknown-run`, `queue/cycle`.
   */
  check(spec: RunSpec): void {
    checkSpec(spec, this.#sources);
  }

  /** Queues a run that ended early once more. Throws `run/wrong-status`, `trace/...`, `library/...`. */
  async retry(id: string): Promise<SpecifiedRun> {
    const record = this.get(id);
    if (!hasSpec(record) || record.origin !== undefined || record.status === 'done' || !isFinished(record)) {
      throw wrongStatus(record, 'retried', 'a run of this application that ended before its last step');
    }
    this.check(record.spec);
    const attempt = await this.#options.library.runs.setAside(id);
    if (record.parent !== undefined) {
      const beginning = await new CheckpointStore(attempt).load(record.parent.step);
      await beginWith(beginning, this.#options.library.runs.folder(id));
    }
    const queued = await this.#records.change(id, life.markRetried);
    this.#queue.add(id);
    await this.#queue.save();
    this.#queue.startNext();
    return { ...queued, spec: record.spec };
  }

  /** Lets a run rest after its present step. Throws `run/wrong-status`. */
  async pause(id: string): Promise<void> {
    const active = this.#requireActive(id, 'running', 'paused');
    const step = await active.client.pause();
    await this.#records.change(id, life.markPaused(step, active.live.seconds));
    this.#queue.startNext();
  }

  /**
   * Lets a run go on: one that rests at once; one that ended early once the queue starts it, exactly from its newest
   * sound checkpoint. Throws `run/wrong-status`, `trace/...`, `library/...`.
   */
  async resume(id: string): Promise<void> {
    if (!this.#active.has(id)) return this.#continue(id);
    const active = this.#requireActive(id, 'paused', 'resumed');
    const step = await active.client.resume();
    await this.#records.change(id, life.markResumed(step));
  }

  async #continue(id: string): Promise<void> {
    const record = requireContinuable(this.get(id));
    if (this.#continuing.has(id)) return;
    this.#continuing.add(id);
    try {
      this.check(record.spec);
      const step = await resumeStep(this.#options.library.runs.folder(id));
      await this.#records.change(id, life.markContinued(step));
      this.#queue.add(id);
      await this.#queue.save();
    } finally {
      this.#continuing.delete(id);
    }
    this.#queue.startNext();
  }

  /** Queues a new run that begins with a checkpoint of another. Throws `checkpoint/...`, `fork/...`, `library/...`. */
  async fork({ run, step, spec, name }: ApiParameters<'runs.fork'>): Promise<SpecifiedRun> {
    const parent = this.get(run);
    if (!hasSpec(parent) || parent.origin !== undefined) {
      throw wrongStatus(parent, 'forked', 'a run that this application has trained');
    }
    const { runs } = this.#options.library;
    const checkpoint = await new CheckpointStore(runs.folder(run)).load(step);
    requireForkable(parent.spec, spec, checkpoint);
    this.check(spec);
    const record = life.newRecord({
      id: newRunId((id) => this.#records.find(id) !== undefined),
      name: name ?? `${parent.name}, fork at ${String(step)}`.slice(0, 200),
      spec,
      createdAt: new Date().toISOString(),
      parent: { run, step },
      provenance: this.#options.provenance,
    });
    await this.#records.create(record);
    await beginWith(checkpoint, runs.folder(record.id)).catch(async (error: unknown) => {
      await this.remove(record.id);
      throw error;
    });
    this.#queue.add(record.id);
    await this.#queue.save();
    this.#queue.startNext();
    return record;
  }

  checkpoints(id: string): Promise<CheckpointList> {
    this.get(id);
    return listCheckpoints(this.#options.library.runs.folder(id));
  }

  /** Saves a checkpoint of a run that has a process; its step. Throws `run/wrong-status`, `library/...`. */
  async saveCheckpoint(id: string): Promise<{ step: number }> {
    const active = this.#active.get(id);
    if (active === undefined) throw wrongStatus(this.get(id), 'saved', 'a run that is running or paused');
    return { step: await active.client.checkpoint() };
  }

  /** Throws `run/wrong-status` for a run that has a process: it removes by itself what it does not keep. */
  async pruneCheckpoints({ run, ...request }: ApiParameters<'checkpoints.prune'>): Promise<PruneReport> {
    if (!request.dryRun) this.#requireIdle(run, 'pruned');
    const report = await pruneCheckpoints(this.#options.library.runs.folder(run), request);
    if (!request.dryRun) this.#options.emit('checkpoints.changed', { run });
    return report;
  }

  /** Checks a run's files and takes some of its steps again. Throws `run/wrong-status`, `library/...`. */
  async verify(id: string): Promise<Certificate> {
    const record = this.#requireIdle(id, 'verified');
    if (!hasSpec(record) || record.origin !== undefined) {
      throw wrongStatus(record, 'verified', 'a run that this application has trained');
    }
    const { library, provenance, ...means } = this.#options;
    return verifyRun({ record, folder: library.runs.folder(id), app: provenance.app, ...means });
  }

  certificate(id: string): Promise<Certificate | null> {
    this.get(id);
    return readCertificate(this.#options.library.runs.folder(id));
  }

  /** Throws `run/wrong-status` for a run that has a process or will have one. */
  #requireIdle(id: string, wanted: string): RunRecord {
    const record = this.get(id);
    if (!this.#active.has(id) && record.status !== 'queued') return record;
    throw wrongStatus(record, wanted, 'a run that does not train and does not wait');
  }

  /** Ends a run after its present step, or takes it out of the queue. Resolves when its record says so. */
  async stop(id: string): Promise<void> {
    const record = this.get(id);
    const active = this.#active.get(id);
    if (active !== undefined) {
      await active.client.stop();
      await active.settled;
    } else if (record.status === 'queued') {
      await this.#queue.remove(id);
      await this.#records.change(id, life.markWithdrawn);
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
    if (record.status === 'queued') await this.stop(id);
    await this.#records.remove(id);
    // What takes its trace is blocked from now on.
    this.#queue.tell();
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
   * Ends every process in order, with a checkpoint: those runs rest and can be resumed. What  is queued stays queued;
   * `withdraw` withdraws what this host has queued.
   */
  async close({ withdraw }: { readonly withdraw: boolean }): Promise<void> {
    this.#closing = true;
    this.#queue.close();
    const waiting = withdraw ? this.#queue.ownWaiting : [];
    // A run that ends by itself in this very moment has no stop to wait for.
    await Promise.allSettled([...waiting, ...this.#active.ids()].map((id) => this.stop(id)));
    await this.#records.saveRest();
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
      this.#later(this.#records.change(record.id, life.markRunning(processOf(client))));
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
    await this.#records.change(record.id, ended).catch((error: unknown) => {
      this.#options.onProblem(toErrorShape(error));
    });
  }

  /** The next run starts before the end of one is told: whoever hears of it and counts must not find an idle lab. */
  #tell(record: RunRecord): void {
    const hadProcess = (isFinished(record) || life.isSuspended(record)) && this.#active.forget(record.id);
    // Also the end of a run that never had one decides what may start: others may wait for its trace.
    if (hadProcess || record.status === 'done') this.#queue.startNext();
    this.#queue.tell();
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

/** Whether a run will change no more by itself. */
export function isFinished(record: RunRecord): boolean {
  return finishedStatuses.includes(record.status);
}

function wrongStatus(record: RunRecord, wanted: string, expected: string): MicrobatchError {
  return new MicrobatchError({
    code: 'run/wrong-status',
    message: `run ${record.id} is ${record.status} and cannot be ${wanted}`,
    expected,
  });
}
