import type { ApiEmit, ApiEvent, ApiEventName } from '../contracts/api.ts';
import type { MetricBatch } from '../contracts/run-record.ts';

/** Points of metrics that wait for a slow window; beyond them it is told that it missed some. */
const mostWaitingPoints = 200_000;
/** Events that wait for a slow window. */
const mostWaitingEvents = 5000;

/** The way to one window, as far as the outlet must know it. */
export interface EventReceiver {
  /** Whether the window keeps up; while it does not, events wait. */
  isReady(): boolean;
  send<N extends ApiEventName>(name: N, event: ApiEvent<N>): void;
  /** Tells the window that events were left out. */
  sendMissed(): void;
}

interface Waiting {
  readonly points: number;
  readonly send: () => void;
}

/**
 * Events on their way to one window, in order. While the window keeps up each is handed over at once. While it does
 * not, they wait: of events that only tell a state the newest replaces the older ones, metrics of a run are joined, and
 * what would take more memory than is worth it is dropped, which the window is told, so that it reads again.
 */
export class EventOutlet {
  readonly #receiver: EventReceiver;
  /** By what each event replaces; the order of the map is the order of sending. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #batches = new Map<string, MetricBatch[]>();
  #points = 0;
  #missed = false;

  constructor(receiver: EventReceiver) {
    this.#receiver = receiver;
  }

  /** Events and points that wait. */
  get backlog(): { readonly events: number; readonly points: number } {
    return { events: this.#waiting.size, points: this.#points };
  }

  readonly push: ApiEmit = (name, event) => {
    const isIdle = this.#waiting.size === 0 && !this.#missed;
    if (isIdle && this.#receiver.isReady()) this.#receiver.send(name, event);
    else this.#keep(name, event);
  };

  /** Call whenever the window may be ready again. */
  flush(): void {
    if (this.#missed && this.#receiver.isReady()) {
      this.#missed = false;
      this.#receiver.sendMissed();
    }
    for (const [key, { send, points }] of this.#waiting) {
      if (!this.#receiver.isReady()) return;
      this.#waiting.delete(key);
      this.#points -= points;
      send();
    }
  }

  /** Forgets what waits: another page is about to read everything. */
  clear(): void {
    this.#waiting.clear();
    this.#batches.clear();
    this.#points = 0;
    this.#missed = false;
  }

  #keep<N extends ApiEventName>(name: N, event: ApiEvent<N>): void {
    const key = `${name} ${subjectOf(event)}`;
    const points = name === 'run.metrics' ? this.#join(key, event) : 0;
    const send =
      name === 'run.metrics'
        ? () => this.#sendMetrics(key)
        : () => {
            this.#receiver.send(name, event);
          };
    const before = this.#waiting.get(key)?.points ?? 0;
    // Deleted first: an event that replaces an older one takes its place at the end, after what happened in between.
    this.#waiting.delete(key);
    this.#waiting.set(key, { points: before + points, send });
    this.#points += points;
    if (this.#points > mostWaitingPoints || this.#waiting.size > mostWaitingEvents) {
      this.clear();
      this.#missed = true;
    }
  }

  #join(key: string, event: ApiEvent<ApiEventName>): number {
    if (!('series' in event)) return 0;
    const batches = this.#batches.get(key) ?? [];
    batches.push(event);
    this.#batches.set(key, batches);
    return Object.values(event.series).reduce((sum, { steps }) => sum + steps.length, 0);
  }

  #sendMetrics(key: string): void {
    const batches = this.#batches.get(key) ?? [];
    this.#batches.delete(key);
    const joined = joinBatches(batches);
    if (joined !== null) this.#receiver.send('run.metrics', joined);
  }
}

/** What an event tells the state of: a newer event of that name about the same thing makes it obsolete. */
function subjectOf(event: ApiEvent<ApiEventName>): string {
  if ('id' in event) return event.id;
  if ('run' in event) return event.run;
  if ('sweep' in event) return event.sweep;
  if ('dataset' in event) return event.dataset;
  if ('file' in event) return event.file;
  return '';
}

/** The points of batches of one run in their order; null of none. */
function joinBatches(batches: readonly MetricBatch[]): MetricBatch | null {
  const [first, ...others] = batches;
  if (first === undefined || others.length === 0) return first ?? null;
  const series: MetricBatch['series'] = {};
  for (const batch of batches) {
    for (const [name, { steps, values }] of Object.entries(batch.series)) {
      const joined = (series[name] ??= { steps: [], values: [] });
      for (const step of steps) joined.steps.push(step);
      for (const value of values) joined.values.push(value);
    }
  }
  return { run: first.run, series };
}
