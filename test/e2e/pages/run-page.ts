import type { Locator } from 'playwright-core';
import type { ApplicationWindow } from '../window.ts';

/** The page of one run. */
export class RunPage {
  readonly #window: ApplicationWindow;

  constructor(window: ApplicationWindow) {
    this.#window = window;
  }

  /** What its head says of its state, such as `Interrupted`. */
  state(word: RegExp): Locator {
    return this.#window.page.getByText(word).first();
  }

  /** The step that it shows, of a run with a bar of progress. */
  async step(): Promise<number> {
    return Number(await this.#window.page.getByRole('progressbar').first().getAttribute('aria-valuenow'));
  }
}
