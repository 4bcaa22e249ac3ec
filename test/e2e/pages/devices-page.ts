import type { Locator } from 'playwright-core';
import type { ApplicationWindow } from '../window.ts';

/** What the machine can train with. */
export class DevicesPage {
  readonly #window: ApplicationWindow;

  constructor(window: ApplicationWindow) {
    this.#window = window;
  }

  /** Comes back once every executor was tried out. */
  async open(): Promise<void> {
    await this.#window.goTo('Devices');
    await this.executor('onnx').waitFor({ timeout: 60_000 });
  }

  /** The row of an executor. */
  executor(name: string): Locator {
    const { page } = this.#window;
    return page.getByRole('row').filter({ has: page.getByRole('cell', { name, exact: true }) });
  }

  get memory(): Locator {
    return this.#window.page.getByText(/memory free\s*$/);
  }

  get choice(): Locator {
    return this.#window.page.getByRole('combobox', { name: 'Executor of new runs' });
  }

  async choose(name: string): Promise<void> {
    await this.choice.click();
    await this.#window.page.getByRole('option', { name: new RegExp(`^${name}`) }).click();
  }
}
