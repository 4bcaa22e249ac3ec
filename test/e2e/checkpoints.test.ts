import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDocument, runDocument } from '../../src/contracts/command-documents.ts';
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
  steps: 400,
  logEvery: 5,
  evaluateEvery: 100,
  checkpoints: { every: 200 },
};

/** Checkpoints in a real browser on a real host with real training processes. */
describe('checkpoints', () => {
  let library: string;
  let folder: string;
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;
  let done: string;

  beforeAll(async () => {
    library = await newLibrary();
    folder = await mkdtemp(join(tmpdir(), 'microbatch-specs-'));
    const file = join(folder, 'spec.json');
    await writeFile(file, JSON.stringify(spec));
    const text = await runVerb('run', '--spec', file, '--name', 'Done', '--library', library, '--json');
    done = runDocument.parse(JSON.parse(text)).runs[0]?.run ?? '';
    await writeFile(file, JSON.stringify({ ...spec, steps: 5_000_000 }));
    await runVerb('queue', 'add', '--spec', file, '--name', 'Long', '--library', library);
    application = await openApplication(library);
    ({ window, page } = application);
  });

  afterAll(async () => {
    await application.close();
    await rm(folder, { recursive: true, force: true });
  });

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });

  it('are listed on the page of a run, from where it can be verified and forked', async () => {
    await page.goto(`${application.host.address.split('?')[0] ?? ''}#/runs/${done}`);
    const table = page.getByRole('region', { name: 'Checkpoints' });
    await table.getByText('last, scheduled').waitFor();
    expect(await table.getByRole('row').count()).toBeGreaterThanOrEqual(3);

    await button('Verify').click();
    await page.getByText('the same bytes').waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);

    await button('Fork from step 200').click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await dialog.getByLabel('Steps').fill('100');
    await dialog.getByRole('button', { name: 'Fork' }).click();
    await dialog.getByText('the fork would end at step 100').waitFor();
    await dialog.getByLabel('Steps').fill('500');
    await dialog.getByRole('button', { name: 'Fork' }).click();
    await page.getByText('Fork of').waitFor();
    await page.getByRole('link', { name: 'Done' }).waitFor();
  });

  it('let a run that was killed be resumed, with word of what is trained again', async () => {
    const pid = async (): Promise<number | null> => {
      const { runs } = listDocument.parse(JSON.parse(await runVerb('list', '--library', library, '--json')));
      const long = runs.find(({ name, step }) => name === 'Long' && step > 200);
      return long?.process?.pid ?? null;
    };
    let child = await pid();
    while (child === null) child = await pid();
    process.kill(child, 'SIGKILL');
    await page.goto(`${application.host.address.split('?')[0] ?? ''}#/`);
    await page.getByText(/Resuming goes on exactly from the checkpoint of step/).waitFor();
    await button('Resume').click();
    await page.getByText(/Resuming goes on/).waitFor({ state: 'detached' });
    await page.getByText('Running').first().waitFor();
  });
});
