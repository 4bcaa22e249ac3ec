import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';

const root = resolve(import.meta.dirname, '../..');
const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pictures =
  process.env.UPDATE_SCREENSHOTS === '1' ? join(root, 'docs', 'images') : join(root, 'test-results', 'images');

export type Theme = 'light' | 'dark';

/** Screens as the navigation names them. */
export type ScreenName = 'Runs' | 'Queue' | 'Sweeps' | 'Compare' | 'New run' | 'Data sets' | 'Devices' | 'Settings';

/** One window of the application, which notes every error that the page reports. */
export class ApplicationWindow {
  readonly page: Page;
  readonly #problems: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.#problems.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.#problems.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
  }

  /** Opens the host's address at the size of the design's screens. */
  static async open(browser: Browser, address: string): Promise<ApplicationWindow> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    const window = new ApplicationWindow(await context.newPage());
    await window.page.goto(address);
    await window.navigation('Runs').waitFor();
    return window;
  }

  /** Takes the page of a window that is there, as Electron opens it, to the same size. */
  static async over(page: Page): Promise<ApplicationWindow> {
    const window = new ApplicationWindow(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await window.navigation('Runs').waitFor();
    return window;
  }

  /** Errors and warnings of the page since the last call. */
  takeProblems(): string[] {
    return this.#problems.splice(0);
  }

  navigation(name: ScreenName): Locator {
    return this.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name });
  }

  async goTo(name: ScreenName): Promise<void> {
    await this.navigation(name).click();
  }

  /** Follows an address inside the application, such as `/compare?x=epoch`, as a link to it does. */
  async follow(route: string): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, `#${route}`);
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { level: 1, name, exact: true });
  }

  /** Makes the page follow a theme, as it does under the system's setting. */
  async useTheme(theme: Theme): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await this.page.waitForFunction((wanted) => {
      const { colorScheme } = getComputedStyle(document.documentElement);
      return colorScheme === wanted;
    }, theme);
  }

  /** Accessibility problems of what is on screen, by axe: `rule: element` lines, empty where there are none. */
  async accessibilityProblems(): Promise<string[]> {
    // Added by the debugger and not by a script element, which the page's policy would refuse.
    if (!(await this.page.evaluate(() => 'axe' in globalThis))) {
      await this.page.evaluate(await readFile(axeSource, 'utf8'));
    }
    const results = await this.page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
    return results.violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`),
    );
  }

  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await this.page.evaluate(() => document.fonts.ready.then(() => null));
    await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }
}
