import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDocument } from '../../src/contracts/command-documents.ts';
import { newLibrary, openApplication } from './application.ts';
import type { ServedApplication } from './application.ts';
import { runVerb } from './host.ts';
import type { ApplicationWindow } from './window.ts';

const spec = {
  method: 'small-batch',
  model: { kind: 'mlp', widths: [16] },
  dataset: { id: 'fashion-mnist-small', trainSize: 512, resize: 14 },
  batchSize: 32,
  learningRate: 0.1,
  steps: 60,
  logEvery: 10,
  evaluateEvery: 20,
  checkpoints: { every: 20 },
};

/** Evaluations in a real browser on a real host, of checkpoints of a run that was trained for it. */
describe('evaluations', () => {
  let folder: string;
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;

  beforeAll(async () => {
    const library = await newLibrary();
    folder = await mkdtemp(join(tmpdir(), 'microbatch-specs-'));
    const file = join(folder, 'spec.json');
    await writeFile(file, JSON.stringify(spec));
    const text = await runVerb('run', '--spec', file, '--name', 'Looked at', '--library', library, '--json');
    const run = runDocument.parse(JSON.parse(text)).runs[0]?.run ?? '';
    application = await openApplication(library);
    ({ window, page } = application);
    await page.goto(`${application.host.address.split('?')[0] ?? ''}#/runs/${run}`);
    await page.getByRole('link', { name: 'Evaluation' }).click();
  }, 120_000);

  afterAll(async () => {
    await application.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('of a checkpoint show figures, classes, confusion and calibration, and are kept', async () => {
    await page.getByText('No evaluation yet').waitFor();
    await page.getByText('This set has no other images that could be reported').waitFor();
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByRole('grid', { name: /^Confusion matrix/ }).waitFor();
    await page.getByRole('img', { name: /^Reliability diagram.*over 15 bins$/ }).waitFor();
    await page.reload();
    await page.getByRole('grid', { name: /^Confusion matrix/ }).waitFor();
    for (const theme of ['light', 'dark'] as const) {
      await window.useTheme(theme);
      expect(await window.accessibilityProblems()).toEqual([]);
      await window.picture(`evaluation-${theme}`);
    }
  });

  it('read every cell of the confusion matrix by keyboard', async () => {
    const matrix = page.getByRole('grid', { name: /^Confusion matrix/ });
    await matrix.locator('td[tabindex="0"]').focus();
    await page.getByText(/^T-shirt\/top, known as such: \d+ of \d+ \(/).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.getByText(/^Pullover, taken for Trouser: \d+ of \d+ \(/).waitFor();
    await page.keyboard.press('End');
    await page.getByText(/^Pullover, taken for Ankle boot: /).waitFor();
  });

  it('sort their classes by any column', async () => {
    const classes = page.getByRole('table', { name: /^Classes/ });
    await classes.getByRole('button', { name: 'Recall %' }).click();
    const recalls = await classes.locator('tbody td:nth-child(3)').allTextContents();
    expect(recalls).toHaveLength(10);
    expect(recalls.map(Number)).toEqual(recalls.map(Number).toSorted((left, right) => right - left));
    await classes.getByRole('columnheader', { name: 'Recall %', exact: true }).waitFor();
    expect(await classes.getByRole('columnheader', { name: 'Recall %' }).getAttribute('aria-sort')).toBe('descending');
  });

  it('stand side by side', async () => {
    await page.getByRole('combobox', { name: 'Checkpoint' }).click();
    await page.getByRole('option', { name: /^Step 20\b/ }).click();
    await page.getByRole('button', { name: 'Evaluate' }).click();
    const list = page.getByRole('table', { name: 'Evaluations' });
    await list.getByRole('button', { name: 'Step 20' }).waitFor();
    await list.getByRole('button', { name: /beside the one that is shown$/ }).click();
    await page
      .getByRole('grid', { name: /^Confusion matrix/ })
      .nth(1)
      .waitFor();
    await page.getByRole('columnheader', { name: 'Recall beside' }).waitFor();
    await page
      .getByRole('radio', { name: 'Table', exact: true })
      .or(page.getByRole('button', { name: 'Table', exact: true }))
      .click();
    await page
      .getByRole('table', { name: /^Calibration by bins/ })
      .nth(1)
      .waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await window.picture('evaluation-side-by-side');
    expect(window.takeProblems()).toEqual([]);
  });
});
