import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { listDocument, quickstartDocument } from '../../src/contracts/command-documents.ts';
import { runRecord } from '../../src/contracts/run-record.ts';
import type { RunRecord } from '../../src/contracts/run-record.ts';
import { newLibrary, removeLibrary } from './application.ts';
import type { Application } from './application.ts';
import { describeInBoth } from './drivers.ts';
import { runVerb } from './host.ts';
import { ComparePage } from './pages/compare-page.ts';
import { NewRunPage } from './pages/new-run-page.ts';
import { RunPage } from './pages/run-page.ts';
import { RunsPage } from './pages/runs-page.ts';
import type { ApplicationWindow } from './window.ts';

/** Screens load and processes start in their own time on a busy machine. */
const patience = { timeout: 60_000 };

/** The library of the quickstart, and what its command printed; trained once for all drivers. */
let trained: string;
let quickstart: z.infer<typeof quickstartDocument>;
beforeAll(async () => {
  trained = await newLibrary();
  quickstart = quickstartDocument.parse(JSON.parse(await runVerb('quickstart', '--library', trained, '--json')));
}, 900_000);
afterAll(() => removeLibrary(trained));

/**
 * The main job from the first line to the answer, with nothing replaced: the quickstart trains on real images, a window
 * opens its library, compares it, queues a run of its own and loses nothing.
 */
describeInBoth('the main job', (open) => {
  let library: string;
  let application: Application;
  let window: ApplicationWindow;
  let page: Page;
  let runs: RunsPage;
  let compare: ComparePage;

  beforeAll(async () => {
    library = await newLibrary();
    await cp(trained, library, { recursive: true });
    application = await open(library);
    ({ window, page } = application);
    runs = new RunsPage(window);
    compare = new ComparePage(window);
  });

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
    await compare.open();
    const difference = quickstart.paired.smallMinusLarge;
    expect(difference?.n).toBe(quickstart.methods[0]?.n);
    await expect.poll(() => compare.gap.textContent(), patience).toContain(inPoints(difference?.mean ?? Number.NaN));
    for (const { method, n, mean } of quickstart.methods) {
      const name = method.charAt(0).toUpperCase() + method.slice(1).replace('-', ' ');
      const row = compare.group(name);
      await expect.poll(() => row.textContent(), patience).toContain((mean * 100).toFixed(2));
      expect(await row.textContent()).toContain(String(n));
    }
    expect(window.takeProblems()).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('is read well in %s', async (theme) => {
    await window.useTheme(theme);
    await compare.open();
    expect(await window.accessibilityProblems()).toEqual([]);
    await window.picture(`compare-${theme}`);
    expect(window.takeProblems()).toEqual([]);
  });

  it('queues a run from the form, shows it grow, compares it and keeps it over a reload', async () => {
    const seed = 77;
    const form = new NewRunPage(window);
    await form.open();
    await form.startFrom('Quickstart: large batch');
    await form.setting('Seeds').fill(String(seed));
    await form.setting('Steps').fill('20000');
    await form.queue('Queue 1 run');
    await window.heading('Runs').waitFor();

    const created = await untilFound(async () => (await runsOnDisk()).find(({ spec }) => spec?.seed === seed));
    expect(created.spec).toMatchObject({ method: 'large-batch', steps: 20_000 });
    await runs.openRun(created.name);
    const run = new RunPage(window);
    await expect.poll(() => run.step(), patience).toBeGreaterThan(0);
    const before = await run.step();
    await expect.poll(() => run.step(), patience).toBeGreaterThan(before);

    await compare.open();
    const counted = await compare.found.textContent();
    await page.reload();
    await compare.accuracyChart.waitFor();
    await expect.poll(() => compare.found.textContent(), patience).toBe(counted);
    expect((await runsOnDisk()).length).toBe(quickstart.methods.flatMap(({ values }) => values).length + 1);
    expect(window.takeProblems()).toEqual([]);
  });

  it('goes on when a training process is killed: the run is interrupted and keeps what it recorded', async () => {
    const training = await untilFound(async () => (await runsOnDisk()).find(({ status }) => status === 'running'));
    const file = join(library, 'runs', training.run, 'run.json');
    const record = async (): Promise<RunRecord> => runRecord.parse(JSON.parse(await readFile(file, 'utf8')));
    await runs.open();
    await runs.openRun(training.name);
    process.kill((await record()).process?.pid ?? Number.NaN, 'SIGKILL');
    await expect.poll(async () => (await record()).status, patience).toBe('interrupted');
    await new RunPage(window).state(/interrupted/i).waitFor();
    const { step, final } = await record();
    expect(step).toBeGreaterThan(0);
    expect(final['train/loss']).toBeGreaterThan(0);
    await runs.open();
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
