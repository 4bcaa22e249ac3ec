import type { ApiParameters } from '../contracts/api.ts';
import type { MakerFacts } from '../contracts/provenance.ts';
import type { QueuePriority } from '../contracts/queue.ts';
import { hasSpec } from '../contracts/run-record.ts';
import type { RepeatedRun, RunRecord, SpecifiedRun } from '../contracts/run-record.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';
import type { Library } from '../library/library.ts';
import { newRunId } from '../library/run-id.ts';
import type { Sources } from './queue/dependencies.ts';
import type { Queue } from './queue/queue.ts';
import { beginWith, requireForkable } from './recovery/fork.ts';
import { requireContinuable, resumeStep } from './recovery/resume.ts';
import { runName } from './run-identity.ts';
import * as life from './run-life.ts';
import type { RunRecords } from './run-records.ts';
import { isFinished, wrongStatus } from './run-status.ts';
import { checkSpec } from './spec-checks.ts';

export interface AdmissionOptions {
  readonly library: Library;
  readonly records: RunRecords;
  readonly queue: Queue;
  readonly sources: Sources;
  readonly maker: MakerFacts;
  /** A record with the progress of this moment. Throws `run/unknown`. */
  readonly get: (run: string) => RunRecord;
}

interface AdmissionDetails {
  readonly priority?: QueuePriority | undefined;
  readonly sweep?: string;
  readonly repeats?: RepeatedRun | undefined;
}

/** Every way for a run into the queue: new, once more, on from where it was, or branched off another. */
export class Admission {
  readonly #options: AdmissionOptions;
  /** Runs whose resume is being recorded. */
  readonly #continuing = new Set<string>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Queues one run a seed. Throws what `check` throws, and `library/...`. */
  create({ spec, seeds, name, priority, repeats }: ApiParameters<'runs.create'>): Promise<SpecifiedRun[]> {
    const wanted = [...new Set(seeds)].map((seed) => {
      const seeded = { ...spec, seed };
      return { spec: seeded, name: runName(seeded, name, seeds.length) };
    });
    return this.createAll(wanted, { priority, repeats });
  }

  /** Queues runs in their order and starts what fits. Throws what `check` throws before any is made, and `library/...`. */
  async createAll(
    wanted: readonly { readonly spec: RunSpec; readonly name: string }[],
    { priority, sweep, repeats }: AdmissionDetails,
  ): Promise<SpecifiedRun[]> {
    for (const { spec } of wanted) this.check(spec);
    const created: SpecifiedRun[] = [];
    const begin = Date.now();
    try {
      for (const [index, { spec, name }] of wanted.entries()) {
        const record = life.newRecord({
          id: newRunId((id) => this.#options.records.find(id) !== undefined),
          name,
          spec,
          // A millisecond apart, so that their order is kept.
          createdAt: new Date(begin + index).toISOString(),
          ...{ sweep, repeats },
          maker: this.#options.maker,
        });
        await this.#options.records.create(record);
        this.#options.queue.add(record.id, priority);
        created.push(record);
      }
    } finally {
      // Also where the disk fills up in between: what was queued is trained.
      this.#options.queue.startNext();
    }
    this.#options.queue.save();
    return created;
  }

  /**
   * Refuses a spec whose data set cannot be divided or resized so, or which takes a trace or weights that are not
   * there. Throws `data/...`, `weights/unknown`, `trace/unknown-run`, `queue/cycle`.
   */
  check(spec: RunSpec): void {
    checkSpec(spec, this.#options.sources);
  }

  /** Queues a run that ended early once more. Throws `run/wrong-status`, `trace/...`, `library/...`. */
  async retry(id: string): Promise<SpecifiedRun> {
    const record = this.#options.get(id);
    if (!hasSpec(record) || record.origin !== undefined || record.status === 'done' || !isFinished(record)) {
      throw wrongStatus(record, 'retried', 'a run of this application that ended before its last step');
    }
    this.check(record.spec);
    const queued = await this.#beginAnew(record);
    this.#options.queue.add(id);
    this.#options.queue.save();
    this.#options.queue.startNext();
    return { ...queued, spec: record.spec };
  }

  /** Sets aside what a run has recorded. Where its record cannot say so, all is as before. */
  async #beginAnew({ id, parent }: SpecifiedRun): Promise<RunRecord> {
    const { runs } = this.#options.library;
    const attempt = await runs.setAside(id);
    try {
      if (parent !== undefined) {
        const beginning = await new CheckpointStore(attempt).load(parent.step);
        await beginWith(beginning, runs.folder(id));
      }
      return await this.#options.records.change(id, life.markRetried);
    } catch (error) {
      await runs.takeBack(id, attempt);
      throw error;
    }
  }

  /** Lets a run that ended early go on, once the queue starts it. Throws `run/wrong-status`, `trace/...`, `library/...`. */
  async goOn(id: string): Promise<void> {
    const found = this.#options.get(id);
    // It waits already: its host was killed, or rested, before it started.
    if (found.status === 'queued' && hasSpec(found)) {
      this.#options.queue.claim(id);
      return;
    }
    const record = requireContinuable(found);
    if (this.#continuing.has(id)) return;
    this.#continuing.add(id);
    try {
      this.check(record.spec);
      const step = await resumeStep(this.#options.library.runs.folder(id));
      await this.#options.records.change(id, life.markContinued(step));
      this.#options.queue.add(id);
      this.#options.queue.save();
    } finally {
      this.#continuing.delete(id);
    }
    this.#options.queue.startNext();
  }

  /** Queues a new run that begins with a checkpoint of another. Throws `checkpoint/...`, `fork/...`, `library/...`. */
  async fork({ run, step, spec, name }: ApiParameters<'runs.fork'>): Promise<SpecifiedRun> {
    const parent = this.#options.get(run);
    if (!hasSpec(parent) || parent.origin !== undefined) {
      throw wrongStatus(parent, 'forked', 'a run that this application has trained');
    }
    const { runs } = this.#options.library;
    const checkpoint = await new CheckpointStore(runs.folder(run)).load(step);
    requireForkable(parent.spec, spec, checkpoint);
    this.check(spec);
    const record = life.newRecord({
      id: newRunId((id) => this.#options.records.find(id) !== undefined),
      name: name ?? `${parent.name}, fork at ${String(step)}`.slice(0, 200),
      spec,
      createdAt: new Date().toISOString(),
      parent: { run, step },
      maker: this.#options.maker,
    });
    await this.#options.records.create(record, (folder) => beginWith(checkpoint, folder));
    this.#options.queue.add(record.id);
    this.#options.queue.save();
    this.#options.queue.startNext();
    return record;
  }
}
