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

  /** The part about native TensorFlow. */
  get native(): Locator {
    return this.#window.page.getByRole('region', { name: 'Native TensorFlow' });
  }

  /** A button of that part. */
  nativeButton(name: RegExp | string): Locator {
    return this.native.getByRole('button', { name });
  }

  get installation(): Locator {
    return this.native.getByRole('progressbar', { name: 'Installation of native TensorFlow' });
  }

  async installFromFile(place: string): Promise<void> {
    const { page } = this.#window;
    await this.nativeButton('From a file…').click();
    const dialog = page.getByRole('dialog', { name: 'Install native TensorFlow from a file' });
    await dialog.getByRole('textbox', { name: 'Wheel or folder' }).fill(place);
    await dialog.getByRole('button', { name: 'Install', exact: true }).click();
  }

  /** The row of an installed runtime. */
  runtime(version: string): Locator {
    return this.native
      .getByRole('row')
      .filter({ has: this.#window.page.getByRole('cell', { name: version, exact: true }) });
  }
}
