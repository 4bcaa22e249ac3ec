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
  /** Runs that are being taken out. */
  readonly #held = new Set<string>();
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

  /** Puts a run behind the others; `save` keeps its place. */
  add(run: string, priority?: QueuePriority): void {
    this.#created.add(run);
    this.#order.add(run, priority);
    this.tell();
  }

  /** Takes up a run that waits as this host's own, such as one whose host was killed before it had started it. */
  claim(run: string): void {
    this.#created.add(run);
    this.startNext();
  }

  /** Takes a run out while `withdraw` records it. Where that fails the run goes on waiting in its place. */
  async takeOut(run: string, withdraw: () => Promise<unknown>): Promise<void> {
    this.#held.add(run);
    try {
      await withdraw();
      this.#order.remove(run);
      this.save();
    } finally {
      this.#held.delete(run);
      this.startNext();
    }
  }

  /** Throws `queue/not-queued` where one of the runs does not wait, `library/...`. */
  async move({ runs, to }: QueueMove): Promise<QueueView> {
    this.#requireWaiting(typeof to === 'object' ? [...runs, to.before] : runs);
    return this.#change(() => this.#order.move(runs, to));
  }

  /** Throws `queue/not-queued`, `library/...`. */
  async prioritise(runs: readonly string[], priority: QueuePriority): Promise<QueueView> {
    this.#requireWaiting(runs);
    return this.#change(() => this.#order.prioritise(runs, priority));
  }

  /** With `paused` no further run starts; what trains goes on. Throws `library/...`. */
  rest(paused: boolean): Promise<QueueView> {
    return this.#change(() => {
      this.#paused = paused;
    });
  }

  /** Starts what is ready and fits, in the order of the queue. A run that has to wait for others is passed over. */
  startNext(): void {
    const { sources, trains, inUse, machine, start } = this.#options;
    if (this.#closed || trains === 'nothing' || (this.#paused && trains === 'queue')) return;
    for (const run of trains === 'queue' ? this.waiting : this.ownWaiting) {
      const record = sources.find(run);
      if (
        this.#held.has(run) ||
        record === undefined ||
        !hasSpec(record) ||
        readinessOf(record, sources).state !== 'ready'
      )
        continue;
      // Nobody overtakes a run that is only too large for the room that is left: it would never get its turn.
      const share = allocate(record.spec, inUse(), machine);
      if (share === null) return;
      this.#order.remove(run);
      this.save();
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

  /**
   * Makes the queue durable, in the background: it is only an order, and which runs wait their own records say. A disk that
   * refuses is told; the next change is written with it.
   */
  save(): void {
    this.#write().catch((error: unknown) => this.#options.onProblem(toErrorShape(error)));
  }

  async #write(): Promise<void> {
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

  /** Starts nothing any more. Resolves once its last change is on disk, or was refused. */
  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#telling);
    return this.#options.file.settled();
  }

  /** A change that could not be written is none: its caller is told so. */
  async #change(change: () => void): Promise<QueueView> {
    const [places, paused] = [this.#order.places, this.#paused];
    change();
    const changed = this.#order.places;
    await this.#write().catch((error: unknown) => {
      // What else has changed since then stays.
      if (this.#order.places === changed) this.#order = new RunQueue(places);
      this.#paused = paused;
      this.tell();
      throw error;
    });
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
