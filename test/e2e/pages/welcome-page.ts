import type { Locator } from 'playwright-core';
import type { ApplicationWindow } from '../window.ts';

/** What stands in place of the runs while a library has none. */
export class WelcomePage {
  readonly #window: ApplicationWindow;

  constructor(window: ApplicationWindow) {
    this.#window = window;
  }

  get sketch(): Locator {
    return this.#window.page.getByRole('img', { name: /^Sketch/ });
  }

  get quickstart(): Locator {
    return this.#window.page.getByRole('button', { name: 'Run the quickstart' });
  }

  /** The curves of the quickstart that grow in the sketch's place. */
  get curves(): Locator {
    return this.#window.page.getByRole('img', { name: /^Validation accuracy by step of Small batch/ });
  }

  /** Another way to begin, such as `Add a data set`. */
  way(name: string): Locator {
    return this.#window.page.getByRole('region', { name: 'Other ways to begin' }).getByRole('button', { name });
  }
}
