import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { listDocument, quickstartDocument } from '../../src/contracts/command-documents.ts';
import { runRecord } from '../../src/contracts/run-record.ts';
import type { RunRecord } from '../../src/contracts/run-record.ts';
import { openApplication } from './application.ts';
import type { Application } from './application.ts';
import { newLibrary, runVerb } from './host.ts';
import type { ApplicationWindow } from './window.ts';

/** Screens load and processes start in their own time on a busy machine. */
const patience = { timeout: 60_000 };

/**
 * The main job from the first line to the answer, with nothing replaced: the quickstart trains on real images, a host
 * serves its library, a browser compares it, queues a run of its own and loses nothing.
 */
describe('the main job', () => {
  let library: string;
  let quickstart: z.infer<typeof quickstartDocument>;
  let application: Application;
  let window: ApplicationWindow;
  let page: Page;

  beforeAll(async () => {
    library = await newLibrary();
    quickstart = quickstartDocument.parse(JSON.parse(await runVerb('quickstart', '--library', library, '--json')));
    application = await openApplication(library);
    ({ window, page } = application);
  }, 900_000);

  afterAll(async () => {
    await application.close();
  });

  const runsOnDisk = async (): Promise<z.infer<typeof listDocument>['runs']> =>
    listDocument.parse(JSON.parse(await runVerb('list', '--library', library, '--json'))).runs;

  it('trains three methods on the same seeds and says what it found', async () => {
    expect(quickstart.methods.map(({ method }) => method)).toEqual(['small-batch', 'large-batch', 'gradient-norm']);
    const seeds = quickstart.methods.map(({ values }) => values.map(({ seed }) => seed));
    expect(seeds[0]?.length).toBeGreaterThanOrEqual(3);
    expect(seeds[1]).toEqual(seeds[0]);
    expect(seeds[2]).toEqual(seeds[0]);
    for (const { mean, std, values } of quickstart.methods) {
      const accuracies = values.map(({ value }) => value);
      expect(mean).toBeCloseTo(accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length, 10);
      expect(std).toBeGreaterThan(0);
      // Far above chance, far below certainty: what so few images can teach.
      for (const value of accuracies) expect(value).toBeGreaterThan(0.5);
      for (const value of accuracies) expect(value).toBeLessThan(0.95);
    }
    expect((await runsOnDisk()).every(({ status }) => status === 'done')).toBe(true);
  });

  it("states in the comparison the figures of the quickstart's table", async () => {
    await window.goTo('Compare');
    const gap = page.getByRole('region', { name: 'The gap' });
    const difference = quickstart.paired.smallMinusLarge;
    expect(difference?.n).toBe(quickstart.methods[0]?.n);
    await expect.poll(() => gap.textContent(), patience).toContain(inPoints(difference?.mean ?? Number.NaN));
    for (const { method, n, mean } of quickstart.methods) {
      const name = method.charAt(0).toUpperCase() + method.slice(1).replace('-', ' ');
      const row = page.getByRole('row', { expanded: false }).filter({ hasText: name });
      await expect.poll(() => row.textContent(), patience).toContain((mean * 100).toFixed(2));
      expect(await row.textContent()).toContain(String(n));
    }
    expect(window.takeProblems()).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('reads well in %s: no accessibility problem on any screen', async (theme) => {
    await window.useTheme(theme);
    for (const [screen, name] of [
      ['Runs', 'runs'],
      ['New run', 'new-run'],
      ['Compare', 'compare'],
    ] as const) {
      await window.goTo(screen);
      await page.getByRole('heading', { level: 1, name: screen }).waitFor({ state: 'attached' });
      if (screen === 'Compare') await page.getByRole('img', { name: /^Validation accuracy by/ }).waitFor();
      expect(await window.accessibilityProblems(), screen).toEqual([]);
      await window.picture(`${name}-${theme}`);
    }
    expect(window.takeProblems()).toEqual([]);
  });

  it('queues a run from the form, shows it grow, compares it and keeps it over a reload', async () => {
    const seed = 77;
    await window.goTo('New run');
    await page.getByRole('button', { name: /^preset|^from/ }).click();
    await page.getByRole('menuitem', { name: 'Quickstart: large batch' }).click();
    await page.getByLabel('Seeds', { exact: true }).fill(String(seed));
    await page.getByLabel('Steps', { exact: true }).fill('20000');
    await page.getByRole('button', { name: 'Queue 1 run' }).waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();

    const created = await untilFound(async () => (await runsOnDisk()).find(({ spec }) => spec?.seed === seed));
    expect(created.spec).toMatchObject({ method: 'large-batch', steps: 20_000 });
    await page.getByRole('link', { name: created.name }).first().click();
    const progress = page.getByRole('progressbar').first();
    const step = async (): Promise<number> => Number(await progress.getAttribute('aria-valuenow'));
    await expect.poll(step, patience).toBeGreaterThan(0);
    const before = await step();
    await expect.poll(step, patience).toBeGreaterThan(before);

    await window.goTo('Compare');
    const found = page.getByText(/ of \d+ runs/).first();
    const counted = await found.textContent();
    await page.getByRole('img', { name: /^Validation accuracy by/ }).waitFor();
    await page.reload();
    await page.getByRole('img', { name: /^Validation accuracy by/ }).waitFor();
    await expect.poll(() => found.textContent(), patience).toBe(counted);
    expect((await runsOnDisk()).length).toBe(quickstart.methods.flatMap(({ values }) => values).length + 1);
    expect(window.takeProblems()).toEqual([]);
  });

  it('goes on when a training process is killed: the run is interrupted and keeps what it recorded', async () => {
    const training = await untilFound(async () => (await runsOnDisk()).find(({ status }) => status === 'running'));
    const file = join(library, 'runs', training.run, 'run.json');
    const record = async (): Promise<RunRecord> => runRecord.parse(JSON.parse(await readFile(file, 'utf8')));
    await window.goTo('Runs');
    await page.getByRole('link', { name: training.name }).first().click();
    await page.getByRole('heading', { level: 1, name: training.name }).waitFor();
    process.kill((await record()).process?.pid ?? Number.NaN, 'SIGKILL');
    await expect.poll(async () => (await record()).status, patience).toBe('interrupted');
    await page
      .getByText(/interrupted/i)
      .first()
      .waitFor();
    const { step, final } = await record();
    expect(step).toBeGreaterThan(0);
    expect(final['train/loss']).toBeGreaterThan(0);
    await window.goTo('Runs');
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    await window.picture('runs-interrupted');
    expect(window.takeProblems()).toEqual([]);
  });
});

/** A difference of accuracies as the screen writes it: two decimals, true minus. */
const inPoints = (difference: number): string => (difference * 100).toFixed(2).replace('-', '−');

async function untilFound<T>(look: () => Promise<T | undefined>): Promise<T> {
  while (true) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
