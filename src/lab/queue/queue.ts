import type { ApiEmit } from '../../contracts/api.ts';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { QueueMove, QueuePriority, QueueView } from '../../contracts/queue.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord, SpecifiedRun } from '../../contracts/run-record.ts';
import type { QueueFile } from '../../library/queue-file.ts';
import { allocate, threadsOf } from './allocation.ts';
import type { Machine, Share } from './allocation.ts';
import { readinessOf } from './dependencies.ts';
import type { Sources } from './dependencies.ts';
import { RunQueue } from './run-queue.ts';

/**
 * Which runs of the queue a host trains. queue: all, while the queue does not rest. created: those that it has queued
 * itself, at once. nothing: it only changes the queue, for another host to train.
 */
export type Training = 'queue' | 'created' | 'nothing';

export interface QueueOptions {
  readonly file: QueueFile;
  readonly machine: Machine;
  readonly trains: Training;
  readonly sources: Sources;
  /** What the runs that train now occupy. */
  readonly inUse: () => readonly Share[];
  /** Starts the process of a run that has left the queue. */
  readonly start: (record: SpecifiedRun, share: Share) => void;
  readonly emit: ApiEmit;
  readonly onProblem: (error: ErrorShape) => void;
}

/** Changes of one turn are told together. */
const tellMilliseconds = 30;

/** The durable queue of a library: what waits, in which order, and what may start now. */
export class Queue {
  readonly #options: QueueOptions;
  /** Runs that this host has queued. */
  readonly #created = new Set<string>();
  #order = new RunQueue();
  #paused = false;
  #closed = false;
  #telling: NodeJS.Timeout | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Takes up what waited when the library was last open. Runs that the file does not know come last, oldest first. */
  async open(records: readonly RunRecord[]): Promise<void> {
    const queued = records.filter((record) => record.status === 'queued' && hasSpec(record));
    const oldestFirst = queued.toSorted((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
    const stored = await this.#options.file.read().catch((error: unknown) => {
      this.#options.onProblem(toErrorShape(error));
      return null;
    });
    this.#paused = stored?.paused ?? false;
    const known = new Set(queued.map(({ id }) => id));
    this.#order = new RunQueue((stored?.order ?? []).filter(({ run }) => known.delete(run)));
    for (const { id } of oldestFirst) if (known.has(id)) this.#order.add(id);
    this.startNext();
  }

  /** Runs of this host's own doing that wait. */
  get ownWaiting(): readonly string[] {
    return this.#order.waiting.filter((run) => this.#created.has(run));
  }

  get waiting(): readonly string[] {
    return this.#order.waiting;
  }

  /** Puts a run behind the others; `save` makes it durable. */
  add(run: string, priority?: QueuePriority): void {
    this.#created.add(run);
    this.#order.add(run, priority);
    this.tell();
  }

  async remove(run: string): Promise<void> {
    this.#order.remove(run);
    await this.save();
  }

  /** Throws `queue/not-queued` where one of the runs does not wait. */
  async move({ runs, to }: QueueMove): Promise<QueueView> {
    this.#requireWaiting(typeof to === 'object' ? [...runs, to.before] : runs);
    this.#order.move(runs, to);
    return this.#changed();
  }

  /** Throws `queue/not-queued`. */
  async prioritise(runs: readonly string[], priority: QueuePriority): Promise<QueueView> {
    this.#requireWaiting(runs);
    this.#order.prioritise(runs, priority);
    return this.#changed();
  }

  /** With `paused` no further run starts; what trains goes on. */
  async rest(paused: boolean): Promise<QueueView> {
    this.#paused = paused;
    return this.#changed();
  }

  /** Starts what is ready and fits, in the order of the queue. A run that has to wait for others is passed over. */
  startNext(): void {
    const { sources, trains, inUse, machine, start } = this.#options;
    if (this.#closed || trains === 'nothing' || (this.#paused && trains === 'queue')) return;
    for (const run of trains === 'queue' ? this.waiting : this.ownWaiting) {
      const record = sources.find(run);
      if (record === undefined || !hasSpec(record) || readinessOf(record, sources).state !== 'ready') continue;
      // Nobody overtakes a run that is only too large for the room that is left: it would never get its turn.
      const share = allocate(record.spec, inUse(), machine);
      if (share === null) return;
      this.#order.remove(run);
      this.save().catch((error: unknown) => this.#options.onProblem(toErrorShape(error)));
      start(record, share);
    }
  }

  view(): QueueView {
    const { sources, machine, inUse } = this.#options;
    const shares = inUse();
    return {
      paused: this.#paused,
      entries: this.#order.places.map(({ run, priority }) => {
        const record = sources.find(run);
        const missing = { state: 'blocked', reason: 'It is not in this library any more.' } as const;
        return { run, priority, ...(record === undefined ? missing : readinessOf(record, sources)) };
      }),
      threads: { budget: machine.cores, used: threadsOf(shares) },
      graphicsCards: {
        count: machine.graphicsCards.length,
        used: shares.filter(({ graphicsCard }) => graphicsCard !== null).length,
      },
    };
  }

  /** Throws `library/...`. */
  async save(): Promise<void> {
    this.tell();
    await this.#options.file.write({ paused: this.#paused, order: [...this.#order.places] });
  }

  /** Announces the queue to whoever shows it, once for all changes of a moment. */
  tell(): void {
    if (this.#closed) return;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#options.emit('queue.changed', this.view());
    }, tellMilliseconds);
  }

  /** Starts nothing any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#telling);
  }

  async #changed(): Promise<QueueView> {
    await this.save();
    this.startNext();
    return this.view();
  }

  #requireWaiting(runs: readonly string[]): void {
    const other = runs.find((run) => !this.#order.has(run));
    if (other === undefined) return;
    const status = this.#options.sources.find(other)?.status;
    throw new MicrobatchError({
      code: 'queue/not-queued',
      message:
        status === undefined
          ? `there is no run ${other} in this library`
          : `run ${other} is ${status === 'queued' ? 'starting' : status}`,
      expected: 'a run that waits in the queue',
    });
  }
}
