import type { Locator } from 'playwright-core';
import type { ApplicationWindow } from '../window.ts';

/** Home: what trains, waits and ended; a welcome while there is nothing. */
export class RunsPage {
  readonly #window: ApplicationWindow;

  constructor(window: ApplicationWindow) {
    this.#window = window;
  }

  async open(): Promise<void> {
    await this.#window.goTo('Runs');
    await this.#window.heading('Runs').waitFor();
  }

  run(name: string): Locator {
    return this.#window.page.getByRole('link', { name }).first();
  }

  /** To the page of a run. */
  async openRun(name: string): Promise<void> {
    await this.run(name).click();
    await this.#window.heading(name).waitFor();
  }
}
