/** Seconds of work, pauses left out. */
export class Stopwatch {
  #before = 0;
  #since: number | null = performance.now();

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
