import type { Locator } from 'playwright-core';
import type { ApplicationWindow } from '../window.ts';

/** What the user prefers. */
export class SettingsPage {
  readonly #window: ApplicationWindow;

  constructor(window: ApplicationWindow) {
    this.#window = window;
  }

  async open(): Promise<void> {
    await this.#window.goTo('Settings');
    await this.#window.heading('Settings').waitFor();
  }

  /** One of the choices that stand side by side, such as `Dark` of `Theme`. */
  choice(setting: 'Theme' | 'Sidebar', name: string): Locator {
    const group = this.#window.page.getByRole('group', { name: setting });
    return group.getByText(name, { exact: true });
  }

  async isChosen(setting: 'Theme' | 'Sidebar', name: string): Promise<boolean> {
    const choice = this.choice(setting, name);
    return (
      (await choice.getAttribute('aria-pressed')) === 'true' || (await choice.getAttribute('aria-checked')) === 'true'
    );
  }

  get executor(): Locator {
    return this.#window.page.getByRole('combobox', { name: 'Executor' });
  }

  async chooseExecutor(name: string): Promise<void> {
    await this.executor.click();
    await this.#window.page.getByRole('option', { name: new RegExp(`^${name}`) }).click();
  }

  get threads(): Locator {
    return this.#window.page.getByRole('textbox', { name: 'Threads' });
  }

  /** A fact about library and host, such as `Folder`. */
  fact(term: string): Locator {
    return this.#window.page.locator('dt', { hasText: term }).locator('+ dd');
  }
}
