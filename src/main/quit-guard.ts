/** What to do with training runs when the user quits. */
export type QuitChoice = 'keep' | 'stop' | 'cancel';

/** Runs that have a process: quitting ends them. */
export interface UnfinishedRuns {
  readonly training: number;
  readonly paused: number;
}

export interface QuitGuardOptions {
  readonly unfinished: () => UnfinishedRuns;
  readonly ask: (runs: UnfinishedRuns) => Promise<QuitChoice>;
  /** Stops every run, then closes what must be closed. May take long or fail: it is waited for only so long. */
  readonly shutDown: () => Promise<void>;
  /** Longest wait for `shutDown`, milliseconds; afterwards the application ends whatever is left. */
  readonly patience: number;
  readonly hideWindows: () => void;
  /** Ends the application; the guard lets this one through. */
  readonly quit: () => void;
}

/**
 * Stands between a request to quit and the end of the application. While runs are unfinished it asks: keep them
 * training without a window, stop them, or cancel. It never waits without a limit and never asks twice at a time.
 */
export class QuitGuard {
  readonly #options: QuitGuardOptions;
  #state: 'open' | 'asking' | 'background' | 'closing' | 'closed' = 'open';

  constructor(options: QuitGuardOptions) {
    this.#options = options;
  }

  /** Call on every request to quit or to close the last window. Returns whether it may go ahead at once. */
  request(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'open' || this.#state === 'background') void this.#decide();
    return false;
  }

  /** Call when a run ends: an application that was kept for its runs alone ends with the last one. */
  runEnded(): void {
    if (this.#state === 'background' && this.#options.unfinished().training === 0) void this.#close();
  }

  /** Call when the session or the machine ends: nobody is left to answer, so runs are stopped. */
  endWithoutAsking(): void {
    if (this.#state !== 'closing' && this.#state !== 'closed') void this.#close();
  }

  /** Call when a window is shown again: the application is no longer kept for its runs alone. */
  windowShown(): void {
    if (this.#state === 'background') this.#state = 'open';
  }

  async #decide(): Promise<void> {
    const runs = this.#options.unfinished();
    if (runs.training + runs.paused === 0) return this.#close();
    const before = this.#state;
    this.#state = 'asking';
    const choice = await this.#options.ask(runs).catch((): QuitChoice => 'cancel');
    if (!this.#isAsking()) return;
    if (choice === 'stop') return this.#close();
    this.#state = choice === 'keep' ? 'background' : before;
    if (choice === 'keep') {
      this.#options.hideWindows();
      this.runEnded();
    }
  }

  /** The machine may have ended the application while the question was open. */
  #isAsking(): boolean {
    return this.#state === 'asking';
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.patience);
    });
    await Promise.race([this.#options.shutDown().catch(() => undefined), enough]);
    clearTimeout(timer);
    this.#state = 'closed';
    this.#options.quit();
  }
}
