import type { InvalidPickle } from './pickle-bytes.ts';

/** What a pickle may make a reader hold; a whole pickle in memory bounds it already. */
export interface PickleLimits {
  readonly values: number;
  readonly marks: number;
}

const unlimited: PickleLimits = { values: Number.POSITIVE_INFINITY, marks: Number.POSITIVE_INFINITY };

/** The stack of the pickle machine with its marks and its memo. Whatever a pickle does wrong with them throws. */
export class PickleStack<Item> {
  readonly #invalid: InvalidPickle;
  readonly #limits: PickleLimits;
  readonly #memo = new Map<number, Item>();
  /** Stacks below the open marks. */
  readonly #below: Item[][] = [];
  #items: Item[] = [];
  #pushed = 0;

  constructor(invalid: InvalidPickle, limits: PickleLimits = unlimited) {
    this.#invalid = invalid;
    this.#limits = limits;
  }

  mark(): void {
    if (this.#below.length >= this.#limits.marks) throw this.#invalid('its values are nested too deeply');
    this.#below.push(this.#items);
    this.#items = [];
  }

  push(item: Item): void {
    this.#pushed += 1;
    if (this.#pushed > this.#limits.values) {
      throw this.#invalid(`it holds more than ${String(this.#limits.values)} values`);
    }
    this.#items.push(item);
  }

  /** What was pushed last. */
  top(): Item | undefined {
    return this.#items.at(-1);
  }

  pop(): Item {
    const item = this.#items.pop();
    if (item === undefined) throw this.#invalid('it takes from an empty stack');
    return item;
  }

  popMany(count: number): Item[] {
    if (this.#items.length < count) throw this.#invalid('it takes from an empty stack');
    return this.#items.splice(this.#items.length - count, count);
  }

  /** Everything above the last mark, which goes. */
  popMark(): Item[] {
    const items = this.#items;
    const below = this.#below.pop();
    if (below === undefined) throw this.#invalid('it looks for a mark that is not there');
    this.#items = below;
    return items;
  }

  /** Stores what was pushed last; under the next free key unless given. */
  remember(key = this.#memo.size): void {
    const item = this.top();
    if (item === undefined) throw this.#invalid('it takes from an empty stack');
    this.#memo.set(key, item);
  }

  recall(key: number): Item {
    const item = this.#memo.get(key);
    if (item === undefined) throw this.#invalid('it recalls what it has not stored');
    return item;
  }
}
