/** Seconds of work, pauses left out, from where an earlier one stood. */
export class Stopwatch {
  #before: number;
  #since: number | null = performance.now();

  constructor(seconds = 0) {
    this.#before = 1000 * seconds;
  }

  get seconds(): number {
    return (this.#before + (this.#since === null ? 0 : performance.now() - this.#since)) / 1000;
  }

  hold(): void {
    this.#before = this.seconds * 1000;
    this.#since = null;
  }

  go(): void {
    this.#since ??= performance.now();
  }
}
