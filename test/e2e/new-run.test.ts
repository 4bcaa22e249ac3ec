import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { listDocument } from '../../src/contracts/command-documents.ts';
import { newLibrary, openApplication } from './application.ts';
import type { Application } from './application.ts';
import { runVerb } from './host.ts';
import type { ApplicationWindow } from './window.ts';

/** The new-run form in a real browser on a real host: what it says before queueing, what it does, and the way back. */
describe('the new-run form', () => {
  let library: string;
  let application: Application;
  let window: ApplicationWindow;
  let page: Page;

  beforeAll(async () => {
    library = await newLibrary();
    application = await openApplication(library);
    ({ window, page } = application);
    await window.goTo('New run');
  });

  afterAll(async () => {
    await application.close();
  });

  const runsOnDisk = async (): Promise<z.infer<typeof listDocument>['runs']> =>
    listDocument.parse(JSON.parse(await runVerb('list', '--library', library, '--json'))).runs;
  const setting = (label: string): Locator => page.getByLabel(label, { exact: true });
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
  const method = (name: string): Locator => page.getByRole('radio', { name: new RegExp(`^${name}\\.`) });
  const showAs = (view: 'Form' | 'Text'): Promise<void> =>
    page
      .getByRole('radio', { name: view, exact: true })
      .or(button(new RegExp(`^${view}$`)))
      .first()
      .click();

  /** Seconds of training in all: enough to be recorded, little enough to be waited for. */
  const small = {
    method: 'gradient-norm',
    model: { kind: 'mlp', widths: [8] },
    dataset: { id: 'fashion-mnist-small', trainSize: 40, resize: 7 },
    batchSize: 40,
    microBatchSize: 20,
    learningRate: 0.1,
    lambda: [0.01, 0.1],
    steps: 20,
    seed: [1, 2],
    executor: 'auto',
    threads: 1,
    logEvery: 5,
    evaluateEvery: 20,
  };

  it('says what is wrong at its place and puts it right with one press, and takes that back', async () => {
    await setting('Batch size').fill('256');
    await setting('Micro-batch size').fill('100');
    await page.getByText('256 is not a multiple of 100.').waitFor();
    await button('Use 128').click();
    expect(await setting('Micro-batch size').inputValue()).toBe('128');
    await setting('Learning rate').fill('0,5');
    await page.getByText('“0,5” is not a number.').waitFor();
    expect(await button('Queue runs').isDisabled()).toBe(true);
    expect(await window.accessibilityProblems()).toEqual([]);
    await button('Use 0.5').click();
    await button(/^Queue \d runs/).waitFor();
    for (let press = 0; press < 2; press += 1) await page.keyboard.press('Control+z');
    await expect.poll(() => setting('Learning rate').inputValue()).not.toContain('5');
    await page.keyboard.press('Control+Shift+z');
    expect(await setting('Learning rate').inputValue()).toBe('0,5');
    await page.keyboard.press('Control+z');
  });

  it('gives each method its own settings and puts back what it took', async () => {
    await method('Gradient norm').check();
    await setting('λ').fill('0.125');
    await method('Large batch').check();
    await setting('λ').waitFor({ state: 'detached' });
    await method('External grafting').check();
    await page.getByText('This is needed.').first().waitFor();
    await method('Gradient norm').check();
    expect(await setting('λ').inputValue()).toBe('0.125');
  });

  it('is the same spec as text, with each problem at its line', async () => {
    await showAs('Text');
    const text = page.getByRole('textbox', { name: 'Spec as JSON' });
    await text.fill(JSON.stringify({ ...small, steps: 'many', momentum: 0.9 }, null, 2));
    const problems = page.locator('#text-problems');
    await expect.poll(() => problems.textContent()).toContain('“many” is not a whole number.');
    expect(await problems.textContent()).toContain('There is no setting momentum here.');
    expect(await window.accessibilityProblems()).toEqual([]);
    await text.fill(JSON.stringify(small).slice(0, -1));
    await expect.poll(() => problems.textContent()).toContain('A closing } belongs here');
    await text.fill(JSON.stringify(small));
    await showAs('Form');
    expect(await setting('Widths').inputValue()).toBe('8');
    expect(await setting('λ').inputValue()).toBe('0.01, 0.1');
  });

  it('counts the runs of a sweep, queues them, and takes them back', async () => {
    await button('Queue 4 runs').waitFor();
    await page.getByText('until a run of this setting has finished').waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByText('Queued 4 runs').waitFor();
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await runsOnDisk()).length, { timeout: 120_000 }).toBe(0);
  });

  it('reuses the runs that exist already and knows their time', async () => {
    await window.goTo('New run');
    await button('Queue 4 runs').click();
    await expect
      .poll(async () => (await runsOnDisk()).filter(({ status }) => status === 'done').length, { timeout: 240_000 })
      .toBe(4);
    await window.goTo('New run');
    await button('Nothing to queue').waitFor();
    await setting('Seeds').fill('1..3');
    await button('Queue 2 runs').waitFor();
    await page.getByText('4 runs exist already, setting for setting, and are reused.').waitFor();
    await page.getByText('until a run of this setting has finished').waitFor({ state: 'detached' });
    await button('Queue them again').click();
    await button('Queue 6 runs').waitFor();
    await button('Reuse what exists').click();
    await page.keyboard.press('Control+Enter');
    await expect.poll(async () => (await runsOnDisk()).length, { timeout: 60_000 }).toBe(6);
    const runs = await runsOnDisk();
    const settings = runs.map(({ spec }) => `${String(spec?.lambda)} ${String(spec?.seed)}`);
    expect(settings.sort()).toEqual(['0.01 1', '0.01 2', '0.01 3', '0.1 1', '0.1 2', '0.1 3']);
    expect(window.takeProblems()).toEqual([]);
  });
});
