/** What the host wants of a running training loop; the loop asks between two steps. */
export class RunControl {
  #paused = false;
  #stopped = false;
  #checkpoint = false;
  #wake: () => void = () => undefined;

  get stopRequested(): boolean {
    return this.#stopped;
  }

  get pauseRequested(): boolean {
    return this.#paused && !this.#stopped;
  }

  checkpoint(): void {
    this.#checkpoint = true;
    this.#wake();
  }

  /** Whether a checkpoint was asked for since the last call. */
  takeCheckpointRequest(): boolean {
    const requested = this.#checkpoint;
    this.#checkpoint = false;
    return requested;
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

  /** Rests until the run is resumed or stopped, or a checkpoint is asked for. */
  async rest(): Promise<void> {
    while (this.pauseRequested && !this.#checkpoint) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
