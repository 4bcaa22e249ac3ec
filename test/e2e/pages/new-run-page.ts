import type { Locator } from 'playwright-core';
import type { ApplicationWindow } from '../window.ts';

/** The form that configures runs. */
export class NewRunPage {
  readonly #window: ApplicationWindow;

  constructor(window: ApplicationWindow) {
    this.#window = window;
  }

  async open(): Promise<void> {
    await this.#window.goTo('New run');
    await this.#window.heading('New run').waitFor({ state: 'attached' });
  }

  async startFrom(preset: string): Promise<void> {
    const { page } = this.#window;
    await page.getByRole('button', { name: /^preset|^from/ }).click();
    await page.getByRole('menuitem', { name: preset }).click();
  }

  setting(label: string): Locator {
    return this.#window.page.getByLabel(label, { exact: true });
  }

  get specText(): Locator {
    return this.#window.page.getByRole('textbox', { name: 'Spec as JSON' });
  }

  async showAs(view: 'Form' | 'Text'): Promise<void> {
    await this.#window.page.getByRole('radio', { name: view, exact: true }).or(this.button(view)).first().click();
  }

  button(name: string): Locator {
    return this.#window.page.getByRole('button', { name, exact: true });
  }

  /** Queues by the keyboard once the button says what is queued, such as `Queue 2 runs`. */
  async queue(words: string): Promise<void> {
    await this.#window.page.getByRole('button', { name: words }).waitFor();
    await this.#window.page.keyboard.press('Control+Enter');
  }
}
