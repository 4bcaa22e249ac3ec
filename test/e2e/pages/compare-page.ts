import type { Locator } from 'playwright-core';
import type { ApplicationWindow } from '../window.ts';

/** The comparison of groups of runs. */
export class ComparePage {
  readonly #window: ApplicationWindow;

  constructor(window: ApplicationWindow) {
    this.#window = window;
  }

  async open(): Promise<void> {
    await this.#window.goTo('Compare');
    await this.accuracyChart.waitFor();
  }

  get accuracyChart(): Locator {
    return this.#window.page.getByRole('img', { name: /^Validation accuracy by/ });
  }

  get gap(): Locator {
    return this.#window.page.getByRole('region', { name: 'The gap' });
  }

  /** The row of a method in the table of runs, with its mean and n. */
  group(method: string): Locator {
    return this.#window.page.getByRole('row', { expanded: false }).filter({ hasText: method });
  }

  /** How many runs are shown, in words. */
  get found(): Locator {
    return this.#window.page.getByText(/ of \d+ runs/).first();
  }
}
