/** What the host wants of a running training loop; the loop asks between two steps. */
export class RunControl {
  #paused = false;
  #stopped = false;
  #wake: () => void = () => undefined;

  get stopRequested(): boolean {
    return this.#stopped;
  }

  get pauseRequested(): boolean {
    return this.#paused && !this.#stopped;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Rests until the run is resumed or stopped. */
  async rest(): Promise<void> {
    while (this.pauseRequested) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
