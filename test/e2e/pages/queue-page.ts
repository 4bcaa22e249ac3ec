import type { Locator } from 'playwright-core';
import type { ApplicationWindow } from '../window.ts';

/** What waits to be trained. A line is all runs of a method that stand together. */
export class QueuePage {
  readonly #window: ApplicationWindow;

  constructor(window: ApplicationWindow) {
    this.#window = window;
  }

  async open(): Promise<void> {
    await this.#window.goTo('Queue');
    await this.#window.heading('Queue').waitFor();
  }

  get rests(): Locator {
    return this.#window.page.getByText('The queue rests.');
  }

  line(method: string): Locator {
    return this.#window.page.getByRole('row', { name: new RegExp(method) });
  }

  /** The handle that keys move a line by. */
  handle(words: RegExp): Locator {
    return this.#window.page.getByRole('button', { name: words });
  }

  async prioritise(runs: string, priority: string): Promise<void> {
    const { page } = this.#window;
    await page.getByRole('button', { name: `Place and priority of ${runs}` }).click();
    await page
      .getByRole('menuitem', { name: priority })
      .or(page.getByRole('menuitemcheckbox', { name: priority }))
      .click();
  }

  async takeOut(runs: string): Promise<void> {
    await this.#window.page.getByRole('button', { name: `Take ${runs} out of the queue` }).click();
  }

  get isEmpty(): Locator {
    return this.#window.page.getByText('Nothing waits');
  }
}
