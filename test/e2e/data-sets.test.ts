import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cifarEntries, tarOf } from '../../src/data/readers/archive-fixture.ts';
import { openApplication } from './application.ts';
import type { Application } from './application.ts';
import type { ApplicationWindow } from './window.ts';

describe('the screen of data sets', () => {
  const before = process.env['MICROBATCH_HOME'];
  let folder: string;
  let application: Application;
  let window: ApplicationWindow;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'microbatch-data-sets-'));
    process.env['MICROBATCH_HOME'] = join(folder, 'home');
    await writeFile(join(folder, 'small-cifar.tar'), tarOf(cifarEntries(30)));
    application = await openApplication(join(folder, 'library'));
    ({ window, page } = application);
  }, 120_000);

  afterAll(async () => {
    await application.close();
    await rm(folder, { recursive: true, force: true });
    if (before === undefined) delete process.env['MICROBATCH_HOME'];
    else process.env['MICROBATCH_HOME'] = before;
  });

  it('shows the catalogue and a close look at the set that ships with the application', async () => {
    await page.getByRole('link', { name: 'Data sets' }).click();
    await page.getByRole('cell', { name: 'CIFAR-100' }).waitFor();
    await page
      .getByRole('img', { name: /^Sneaker, training image \d+$/ })
      .first()
      .waitFor();
    expect(await page.getByRole('complementary').textContent()).toContain('MIT, Zalando Research');
    for (const theme of ['light', 'dark'] as const) {
      await window.useTheme(theme);
      expect(await window.accessibilityProblems()).toEqual([]);
      await window.picture(`data-sets-${theme}`);
    }
  });

  it('adds a set from a file by keyboard, shows it, removes it and takes that back', async () => {
    await page.keyboard.press('a');
    await page.getByRole('textbox', { name: 'File or folder' }).fill(join(folder, 'small-cifar.tar'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 2, name: 'small-cifar' }).waitFor();
    await page
      .getByRole('img', { name: /augmented$/ })
      .first()
      .waitFor();
    await window.picture('data-set-card');
    await page.getByRole('button', { name: 'Remove' }).click();
    const row = page.getByRole('row', { name: /small-cifar/ });
    await row.waitFor({ state: 'detached' });
    await page.keyboard.press('Control+z');
    await row.waitFor();
  });

  it('says at its place why a file is no data set', async () => {
    await page.keyboard.press('a');
    await page.getByRole('textbox', { name: 'File or folder' }).fill(join(folder, 'nothing'));
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').textContent()).toContain('cannot be read');
    expect(window.takeProblems()).toEqual([]);
  });
});
