/**
 * Results that are computed again only when one of their inputs is another object or value. One result a key: a curve
 * that grows replaces its old result, so memory stays within what is on screen.
 */
export class Memo<V> {
  #slots = new Map<string, { readonly inputs: readonly unknown[]; readonly value: V }>();
  #used = new Set<string>();

  get(key: string, inputs: readonly unknown[], compute: () => V): V {
    this.#used.add(key);
    const known = this.#slots.get(key);
    if (known !== undefined && isSame(known.inputs, inputs)) return known.value;
    const value = compute();
    this.#slots.set(key, { inputs, value });
    return value;
  }

  /** Forgets what nobody asked for since the last sweep. */
  sweep(): void {
    for (const key of this.#slots.keys()) if (!this.#used.has(key)) this.#slots.delete(key);
    this.#used = new Set();
  }
}

function isSame(known: readonly unknown[], inputs: readonly unknown[]): boolean {
  return known.length === inputs.length && inputs.every((input, index) => Object.is(input, known[index]));
}
