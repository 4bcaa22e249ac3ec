import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { queueDocument, sweepsDocument } from '../../src/contracts/command-documents.ts';
import { newLibrary } from './application.ts';
import type { Application } from './application.ts';
import { describeInBoth } from './drivers.ts';
import { runVerb } from './host.ts';
import { NewRunPage } from './pages/new-run-page.ts';
import { QueuePage } from './pages/queue-page.ts';
import type { ApplicationWindow } from './window.ts';

const small = {
  method: 'large-batch',
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 40, resize: 7 },
  batchSize: 40,
  microBatchSize: 20,
  learningRate: 0.1,
  steps: 20,
  seed: [1, 2],
  logEvery: 5,
  evaluateEvery: 20,
};

/** The queue and sweeps in a real window, with a queue that an earlier command has filled. */
describeInBoth('the queue and its sweeps', (open) => {
  let library: string;
  let application: Application;
  let window: ApplicationWindow;
  let page: Page;
  let queue: QueuePage;

  beforeAll(async () => {
    library = await newLibrary();
    await runVerb('queue', 'pause', '--library', library, '--json');
    for (const [name, method, seeds] of [
      ['A', 'large-batch', '1,2'],
      ['B', 'small-batch', '1'],
    ] as const) {
      const file = join(library, `${name}.json`);
      const { microBatchSize, ...rest } = small;
      const micro = method === 'large-batch' ? { microBatchSize } : {};
      await writeFile(file, JSON.stringify({ ...rest, ...micro, seed: 1, method }));
      await runVerb('queue', 'add', '--spec', file, '--seeds', seeds, '--name', name, '--library', library);
    }
    application = await open(library);
    ({ window, page } = application);
    queue = new QueuePage(window);
  });

  afterAll(async () => {
    await application.close();
  });

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
  const order = async (): Promise<string[]> => {
    const text = await runVerb('queue', 'list', '--library', library, '--json');
    return queueDocument.parse(JSON.parse(text)).entries.map(({ name }) => name);
  };
  /** Each look starts a process. */
  const expectOrder = (names: readonly string[]): Promise<void> => expect.poll(order).toEqual(names);

  it('shows what waits while it rests, and moves it by keyboard and by dragging', async () => {
    await queue.open();
    await queue.rests.waitFor();
    await queue.line('Large batch').getByText('1, 2').waitFor();
    await queue.handle(/^Move 1 run of Small batch/).focus();
    await page.keyboard.press('Alt+ArrowUp');
    await expectOrder(['A, seed 1', 'B', 'A, seed 2']);
    await page.keyboard.press('Alt+Home');
    await expectOrder(['B', 'A, seed 1', 'A, seed 2']);
    expect(await window.accessibilityProblems()).toEqual([]);
    await queue.line('Large batch').dragTo(queue.line('Small batch'));
    await expectOrder(['A, seed 1', 'A, seed 2', 'B']);
    await queue.prioritise('1 run of Small batch', 'High priority');
    await expectOrder(['B', 'A, seed 1', 'A, seed 2']);
  });

  it('takes runs out and puts them back where they were', async () => {
    await queue.takeOut('1 run of Small batch');
    await expectOrder(['A, seed 1', 'A, seed 2']);
    await page.getByText('Took 1 run out of the queue').waitFor();
    await page.keyboard.press('Control+z');
    await expectOrder(['B', 'A, seed 1', 'A, seed 2']);
  });

  it('is trained once it is started, from the palette as from the button', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Start the queue');
    await page.keyboard.press('Enter');
    await queue.isEmpty.waitFor({ timeout: 120_000 });
    expect(window.takeProblems()).toEqual([]);
  });

  it('plans a sweep of any setting beside the form, with what exists already, and queues it', async () => {
    const form = new NewRunPage(window);
    await form.open();
    await form.showAs('Text');
    await form.specText.fill(JSON.stringify(small));
    await button(/^Sweep$/).click();
    const dialog = page.getByRole('dialog', { name: 'Sweep' });
    await dialog.getByText('2 runs', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Add an axis' }).click();
    await dialog.getByText('Choose a setting.').waitFor();
    await dialog.getByRole('combobox', { name: 'Setting of axis 2' }).click();
    await page.getByRole('option', { name: 'Training images' }).click();
    await dialog.getByLabel('Values of axis 2').fill('40, 80, 7000');
    await dialog.getByText(/trainSize is 7000/).waitFor();
    expect(await dialog.getByRole('button', { name: /^Queue/ }).isDisabled()).toBe(true);
    await dialog.getByLabel('Values of axis 2').fill('40, 80');
    await dialog.getByRole('button', { name: 'Queue 2 runs' }).waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await window.picture('sweep-builder');
    await dialog.getByRole('button', { name: 'Queue 2 runs' }).click();
    await page.getByRole('heading', { name: 'Sweep of dataset train size' }).waitFor();
    await expect.poll(() => page.getByText('2 of 2').count(), { timeout: 120_000 }).toBe(2);
  });

  it('adds seeds to a sweep and leads to its comparison', async () => {
    await button('Add seeds').click();
    await page.getByRole('textbox', { name: 'Seeds' }).fill('2..3');
    await button('Queue up to 4 runs').click();
    await expect.poll(() => page.getByText('3 of 3').count(), { timeout: 120_000 }).toBe(2);
    expect(await window.accessibilityProblems()).toEqual([]);
    await window.picture('sweeps-dark');
    const text = await runVerb('sweep', '--list', '--library', library, '--json');
    const [sweep] = sweepsDocument.parse(JSON.parse(text)).sweeps;
    expect(sweep?.settings.map(({ n }) => n)).toEqual([3, 3]);
    await page.getByRole('link', { name: 'Compare' }).last().click();
    await page.waitForURL(/compare\?.*runs=/);
    expect(window.takeProblems()).toEqual([]);
  });
});
