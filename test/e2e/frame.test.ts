import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newLibrary, openApplication } from './application.ts';
import type { ServedApplication } from './application.ts';
import { tinySpec } from '../open-lab.ts';
import { runVerb } from './host.ts';
import { WelcomePage } from './pages/welcome-page.ts';
import type { ApplicationWindow } from './window.ts';

/** The frame around the screens and the lists of runs, by keyboard, on a library of three short runs. */
describe('the window by keyboard', () => {
  let library: string;
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;

  beforeAll(async () => {
    library = await newLibrary();
    const short = ['--preset', 'quickstart-small-batch', '--set', 'steps=40', '--seeds', '1,2,3'];
    await runVerb('run', ...short, '--library', library, '--json');
    application = await openApplication(library);
    ({ window, page } = application);
  }, 120_000);

  afterAll(async () => {
    await application.close();
  });

  const rows = () => page.locator('tbody [data-run]');

  it('goes to every screen by two keys', async () => {
    for (const [keys, name] of [
      ['gc', 'Compare'],
      ['gn', 'New run'],
      ['gd', 'Devices'],
      ['gr', 'Runs'],
    ] as const) {
      const arrives = async (): Promise<number> => {
        await page.keyboard.type(keys);
        return page.getByRole('heading', { level: 1, name }).count();
      };
      // A machine that is busy may take longer between two keys than a sequence allows.
      await expect.poll(arrives, { timeout: 30_000, interval: 1500 }).toBe(1);
    }
    expect(window.takeProblems()).toEqual([]);
  });

  it('finds a run in the palette and lists what can be done to it', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('sb 2');
    const option = page.getByRole('option', { selected: true });
    await expect.poll(() => option.textContent()).toContain('Small batch, seed 2');
    expect(await window.accessibilityProblems()).toEqual([]);
    await page.keyboard.press('Tab');
    await page.getByRole('option', { name: 'Rename' }).waitFor();
    await page.keyboard.press('Backspace');
    await page.keyboard.type('sb 2');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Small batch, seed 2' }).waitFor();
    await page.getByRole('img', { name: /^Accuracy by step/ }).waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  });

  it('lists every shortcut that works here', async () => {
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Shortcuts' });
    for (const words of ['Go to Compare', 'New run', 'Next run']) await dialog.getByText(words).first().waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('leads from the palette to a command of another screen, and does it there', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('add data set');
    const option = page.getByRole('option', { selected: true });
    await expect.poll(() => option.textContent()).toContain('Add a data setin Data sets');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Add a data set' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Data sets' }).waitFor();
    expect(window.takeProblems()).toEqual([]);
  });

  it('tells its versions, and copies diagnostics', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('about microbatch');
    await page.keyboard.press('Enter');
    const about = page.getByRole('dialog', { name: 'About Microbatch' });
    await about.getByText('onnxruntime-node').waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await about.getByRole('button', { name: 'Copy diagnostics' }).click();
    await page.getByText('Copied the diagnostics').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('runs: 3 done');
    await page.keyboard.press('Escape');
    expect(window.takeProblems()).toEqual([]);
  });

  it('takes a spec that is dropped on it into the form of a new run', async () => {
    const dataTransfer = await page.evaluateHandle(
      (text) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], 'dropped.json'));
        return transfer;
      },
      JSON.stringify({ ...tinySpec, learningRate: 0.0625 }),
    );
    await page.dispatchEvent('main', 'drop', { dataTransfer });
    await page.getByRole('heading', { level: 1, name: 'New run' }).waitFor();
    await expect.poll(() => page.getByRole('textbox', { name: 'Learning rate' }).inputValue()).toBe('0.0625');
    expect(window.takeProblems()).toEqual([]);
    await page.keyboard.press('Escape');
    await window.navigation('Runs').click();
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  });

  it('filters, moves, selects, removes and takes it back', async () => {
    await page.getByRole('button', { name: 'All runs' }).click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('seed:2..3');
    await expect.poll(() => rows().count()).toBe(2);
    await page.getByLabel('Filter the runs').blur();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('Shift+X');
    await page.getByText('2 selected').waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await page.getByRole('button', { name: 'Remove 2' }).click();
    await page.getByText('No run matches').waitFor();
    await page.keyboard.press('Control+z');
    await expect.poll(() => rows().count()).toBe(2);
    expect(page.url()).toContain('seed:2..3');
    expect(window.takeProblems()).toEqual([]);
  });

  it('says that the host is gone, and keeps what it knew', async () => {
    await application.host.stop();
    await page.getByText(/^Connection lost at/).waitFor();
    expect(await rows().count()).toBe(2);
    await page.getByRole('button', { name: 'Try now' }).waitFor();
    // Attempts that fail are reported by the browser itself.
    expect(window.takeProblems().every((problem) => problem.includes('ERR_CONNECTION_REFUSED'))).toBe(true);
  });
});

describe('an empty library', () => {
  let application: ServedApplication;
  let window: ApplicationWindow;

  beforeAll(async () => {
    application = await openApplication(await newLibrary());
    ({ window } = application);
  }, 120_000);

  afterAll(async () => {
    await application.close();
  });

  it("offers other ways to begin: a data set of one's own, and a library that exists", async () => {
    const { page } = window;
    const welcome = new WelcomePage(window);
    await page.getByText('microbatch serve --library DIR').waitFor();
    // A browser's host cannot put another library in the place of its own.
    expect(await welcome.way('Open a library').count()).toBe(0);
    await welcome.way('Add a data set').click();
    await page.getByRole('dialog', { name: 'Add a data set' }).waitFor();
    await page.keyboard.press('Escape');
    await window.heading('Data sets').waitFor();
    // Not by the link, which would keep the focus and so the next Enter.
    await window.follow('/runs');
    await welcome.sketch.waitFor();
    expect(window.takeProblems()).toEqual([]);
  });

  it('asks the question, and Enter begins to answer it with curves that grow in its place', async () => {
    const { page } = window;
    const welcome = new WelcomePage(window);
    await welcome.sketch.waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await window.picture('runs-empty');
    await welcome.quickstart.and(page.locator(':enabled')).waitFor();
    await page.keyboard.press('Enter');
    await welcome.curves.waitFor({ timeout: 60_000 });
    expect(await window.accessibilityProblems()).toEqual([]);
    expect(window.takeProblems()).toEqual([]);
  });
});
