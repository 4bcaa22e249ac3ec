import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointsDocument, runDocument } from '../../src/contracts/command-documents.ts';
import { newLibrary, openApplication } from './application.ts';
import type { ServedApplication } from './application.ts';
import { runVerb } from './host.ts';
import type { ApplicationWindow } from './window.ts';

const spec = {
  method: 'small-batch',
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 64, resize: 7 },
  batchSize: 16,
  learningRate: 0.05,
  steps: 200,
  logEvery: 5,
  evaluateEvery: 10,
  checkpoints: { every: 20 },
};

/** What disk the checkpoints of a library take, and what a stop rule would have saved, on runs of a real host. */
describe('screens over all runs', () => {
  let library: string;
  let folder: string;
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;
  let trained: string[];
  const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

  beforeAll(async () => {
    library = await newLibrary();
    folder = await mkdtemp(join(tmpdir(), 'microbatch-specs-'));
    const file = join(folder, 'spec.json');
    await writeFile(file, JSON.stringify(spec));
    const text = await runVerb('run', '--spec', file, '--seeds', '1,2', '--library', library, '--json');
    trained = runDocument.parse(JSON.parse(text)).runs.map(({ run }) => run);
    application = await openApplication(library);
    ({ window, page } = application);
    page.setDefaultTimeout(60_000);
  });
  afterAll(async () => {
    await application.close();
    await rm(folder, { recursive: true, force: true });
  });

  const field = (name: string): Locator => page.getByRole('textbox', { name, exact: true });
  const status = (): Locator => page.locator('footer').getByRole('status');
  async function checkpointsOf(run: string): Promise<number[]> {
    const text = await runVerb('checkpoints', 'list', run, '--library', library, '--json');
    return checkpointsDocument.parse(JSON.parse(text)).checkpoints.map(({ step }) => step);
  }

  it('tells what a retention rule would remove, and removes exactly that', async () => {
    await window.follow('/retention');
    await window.heading('Checkpoint retention').waitFor();
    await field('Keep per decade').fill('');
    await field('Keep every').fill('100');
    await eventually(() => status().innerText()).toMatch(/^Removes \d+ checkpoints of 2 runs and frees /);
    await eventually(() => page.getByRole('row').count()).toBe(3);
    expect(await checkpointsOf(trained[0] ?? '')).toHaveLength(10);
    await page.getByRole('button', { name: /^Remove \d+ checkpoints$/ }).click();
    await eventually(() => status().innerText()).toMatch(/^Every checkpoint stays/);
    for (const run of trained) {
      const left = await checkpointsOf(run);
      expect(left).toEqual(expect.arrayContaining([100, 200]));
      expect(left.length).toBeLessThanOrEqual(3);
    }
    expect(window.takeProblems()).toEqual([]);
  });

  it('says what is wrong with a rule, and offers nothing meanwhile', async () => {
    await window.follow('/retention');
    await field('Keep every').fill('often');
    await page.getByText('A whole number from 1 to 100,000,000').waitFor();
    await eventually(() => page.getByRole('button', { name: /^Remove / }).count()).toBe(0);
  });

  it('replays a stop rule over the runs, as it is typed', async () => {
    await window.follow('/early-stopping');
    await window.heading('Early stopping').waitFor();
    await field('Evaluations without a gain').fill('1');
    await field('Gain').fill('99');
    await eventually(() => status().innerText()).toMatch(/^Ends 2 of 2 runs early, saves /);
    // The first evaluation is the best so far, and the second one no 99 points above it.
    await eventually(() => page.getByRole('cell', { name: '20', exact: true }).count()).toBe(2);
    await field('Evaluations without a gain').fill('');
    await page.getByText('No rule yet').waitFor();
    expect(window.takeProblems()).toEqual([]);
  });

  it('have no faults that axe finds', async () => {
    for (const route of ['/retention', '/early-stopping']) {
      await window.follow(route);
      await page.getByRole('table').waitFor();
      expect(await window.accessibilityProblems()).toEqual([]);
    }
  });
});
