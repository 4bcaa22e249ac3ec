/** The runs that wait, in the order in which they will be trained. */
export class RunQueue {
  #order: string[];

  constructor(order: readonly string[] = []) {
    this.#order = [...order];
  }

  /** In their order. */
  get waiting(): readonly string[] {
    return this.#order;
  }

  add(run: string): void {
    this.#order.push(run);
  }

  remove(run: string): void {
    this.#order = this.#order.filter((waiting) => waiting !== run);
  }
}
