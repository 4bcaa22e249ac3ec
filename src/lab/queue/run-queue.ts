import { queuePriorities } from '../../contracts/queue.ts';
import type { QueueMove, QueuePriority } from '../../contracts/queue.ts';

interface QueuePlace {
  readonly run: string;
  readonly priority: QueuePriority;
}

/**
 * The runs that wait, in the order in which they will be trained: by priority, and within one in the order that people
 * give them. A run that is moved past others of another priority takes over theirs, so that it stays where it was put.
 */
export class RunQueue {
  #places: readonly QueuePlace[];

  /** The order of a file may be anything; it is sorted by priority, keeping the rest. */
  constructor(places: readonly QueuePlace[] = []) {
    this.#places = sorted(places);
  }

  get places(): readonly QueuePlace[] {
    return this.#places;
  }

  /** Ids in their order. */
  get waiting(): readonly string[] {
    return this.#places.map(({ run }) => run);
  }

  has(run: string): boolean {
    return this.#places.some((place) => place.run === run);
  }

  /** Behind all others of its priority. */
  add(run: string, priority: QueuePriority = 'normal'): void {
    this.#places = sorted([...this.#places.filter((place) => place.run !== run), { run, priority }]);
  }

  remove(run: string): void {
    this.#places = this.#places.filter((place) => place.run !== run);
  }

  /** Behind all others of that priority, keeping the order of the given ones. Ids that do not wait are passed over. */
  prioritise(runs: readonly string[], priority: QueuePriority): void {
    const [moved, rest] = this.#split(runs);
    this.#places = sorted([...rest, ...moved.map(({ run }) => ({ run, priority }))]);
  }

  move(runs: readonly string[], to: QueueMove['to']): void {
    const [moved, rest] = this.#split(runs);
    if (moved.length === 0) return;
    const at = typeof to === 'object' ? this.#before(to.before, rest) : this.#target(to, moved, rest);
    const above = rest[at - 1]?.priority ?? 'high';
    const below = rest[at]?.priority ?? 'low';
    const placed = moved.map(({ run, priority }) => ({ run, priority: between(priority, above, below) }));
    this.#places = sorted([...rest.slice(0, at), ...placed, ...rest.slice(at)]);
  }

  #split(runs: readonly string[]): [moved: QueuePlace[], rest: QueuePlace[]] {
    const chosen = new Set(runs);
    return [this.#places.filter(({ run }) => chosen.has(run)), this.#places.filter(({ run }) => !chosen.has(run))];
  }

  /** Place among the others that is one step from where the moved ones begin or end. */
  #target(to: Exclude<QueueMove['to'], object>, moved: readonly QueuePlace[], rest: readonly QueuePlace[]): number {
    if (to === 'top') return 0;
    if (to === 'bottom') return rest.length;
    const first = this.#places.findIndex(({ run }) => run === moved[0]?.run);
    const last = this.#places.findLastIndex(({ run }) => run === moved.at(-1)?.run);
    if (to === 'up') return Math.max(0, first - 1);
    // As many of the others stand above the last moved one as its place less the moved ones before it.
    return Math.min(rest.length, last - (moved.length - 1) + 1);
  }

  #before(run: string, rest: readonly QueuePlace[]): number {
    const at = rest.findIndex((place) => place.run === run);
    return at === -1 ? rest.length : at;
  }
}

const rank = (priority: QueuePriority): number => queuePriorities.indexOf(priority);

/** Stable: equal priorities keep their order. */
function sorted(places: readonly QueuePlace[]): readonly QueuePlace[] {
  return places.toSorted((left, right) => rank(left.priority) - rank(right.priority));
}

function between(priority: QueuePriority, above: QueuePriority, below: QueuePriority): QueuePriority {
  if (rank(priority) < rank(above)) return above;
  return rank(priority) > rank(below) ? below : priority;
}
