import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  model: { kind: 'mlp', widths: [8] },
  dataset: { id: 'fashion-mnist-small', trainSize: 64, resize: 7 },
  batchSize: 16,
  learningRate: 0.05,
  steps: 40,
  logEvery: 10,
  evaluateEvery: 20,
  checkpoints: { every: 20 },
};

/** Exports in a real browser, to a folder of the host and as a download. */
describe('exports', () => {
  let folder: string;
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;
  let run: string;
  const address = (path: string): string => `${application.host.address.split('?')[0] ?? ''}#${path}`;

  beforeAll(async () => {
    const library = await newLibrary();
    folder = await mkdtemp(join(tmpdir(), 'microbatch-exported-'));
    const file = join(folder, 'spec.json');
    await writeFile(file, JSON.stringify(spec));
    const text = await runVerb(
      'run',
      '--spec',
      file,
      '--seeds',
      '1,2',
      '--name',
      'Sent',
      '--library',
      library,
      '--json',
    );
    run = runDocument.parse(JSON.parse(text)).runs[0]?.run ?? '';
    application = await openApplication(library);
    ({ window, page } = application);
  }, 120_000);

  afterAll(async () => {
    await application.close();
    await rm(folder, { recursive: true, force: true });
  });

  const dialog = () => page.getByRole('dialog', { name: 'Export' });
  const press = (name: string) => dialog().getByRole('button', { name, exact: true }).click();

  it('write many checkpoints in many formats to a folder, with their SHA-256', async () => {
    await page.goto(address(`/runs/${run}`));
    await page.getByRole('button', { name: 'Export step 20' }).click();
    const first = dialog().getByRole('checkbox', { name: 'Step 20' });
    await first.waitFor();
    expect(await first.isChecked()).toBe(true);
    for (const theme of ['light', 'dark'] as const) {
      await window.useTheme(theme);
      expect(await window.accessibilityProblems()).toEqual([]);
      await window.picture(`export-${theme}`);
    }
    await dialog().getByRole('checkbox', { name: 'All checkpoints' }).click();
    await dialog()
      .getByRole('checkbox', { name: /^PyTorch/ })
      .click();
    await dialog().getByText('Folder of the host').click();
    expect(await dialog().getByRole('button', { name: 'Export', exact: true }).isDisabled()).toBe(true);
    await dialog().getByRole('textbox').fill(join(folder, 'nets'));
    await press('Export');

    const files = dialog().getByRole('table', { name: 'Files that were written' });
    await files.waitFor();
    const names = (await readdir(join(folder, 'nets'))).toSorted();
    expect(names).toHaveLength(8);
    const name = names.find((each) => each.endsWith('-20.pth')) ?? '';
    const sha256 = createHash('sha256')
      .update(await readFile(join(folder, 'nets', name)))
      .digest('hex');
    await files.getByTitle(sha256).waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await window.picture('export-written');
  });

  it('say which files are there already, and replace them when asked', async () => {
    await press('Export more');
    await press('Export');
    await dialog()
      .getByText(/is there already. Choose another folder, or replace/)
      .first()
      .waitFor();
    await press('Export more');
    await dialog().getByRole('switch', { name: 'Replace files that are there' }).click();
    await press('Export');
    await dialog().getByText('8 files written').waitFor();
    await press('Done');
    await dialog().waitFor({ state: 'detached' });
  });

  it('of a whole comparison are fetched as one archive', async () => {
    await page.goto(address('/compare'));
    await page.getByText('2 of 2 runs').waitFor();
    await page.keyboard.press('e');
    await dialog()
      .getByRole('checkbox', { name: /^The last of each run/ })
      .click();
    await dialog().getByText('Download', { exact: true }).click();
    const fetched = page.waitForEvent('download');
    await press('Export');
    const download = await fetched;
    expect(download.suggestedFilename()).toBe('microbatch-export.zip');
    const bytes = await readFile(await download.path());
    expect(bytes.toString('latin1')).toContain('SHA256SUMS');
    await dialog()
      .getByText(/files written, .*, as microbatch-export.zip/)
      .waitFor();
    expect(window.takeProblems()).toEqual([]);
  });
});
