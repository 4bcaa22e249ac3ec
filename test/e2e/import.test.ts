import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  dataset: { id: 'fashion-mnist-small', trainSize: 64 },
  batchSize: 16,
  learningRate: 0.05,
  steps: 20,
  logEvery: 10,
  evaluateEvery: 20,
};

/** Files of other tools in a real browser: sent to the host, looked at, imported, used and removed. */
describe('imports', () => {
  let folder: string;
  let application: ServedApplication;
  let window: ApplicationWindow;
  let page: Page;

  beforeAll(async () => {
    const library = await newLibrary();
    folder = await mkdtemp(join(tmpdir(), 'microbatch-imports-'));
    await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
    const made = await runVerb(...train(), '--library', library, '--json');
    const run = runDocument.parse(JSON.parse(made)).runs[0]?.run ?? '';
    const net = join(folder, 'net.safetensors');
    await runVerb('export', run, '--format', 'safetensors', '--out', net, '--library', library);
    await exportBundle(run, 'here', library);
    const elsewhere = join(folder, 'elsewhere');
    const other = await runVerb(...train(), '--name', 'From elsewhere', '--library', elsewhere, '--json');
    await exportBundle(runDocument.parse(JSON.parse(other)).runs[0]?.run ?? '', 'elsewhere', elsewhere);
    application = await openApplication(library);
    ({ window, page } = application);
    await page.keyboard.press('Control+i');
    await page.getByRole('heading', { name: 'Import', level: 1 }).waitFor();
  }, 120_000);

  afterAll(async () => {
    await application.close();
    await rm(folder, { recursive: true, force: true });
  });

  const train = () => ['run', '--spec', join(folder, 'spec.json')] as const;
  const exportBundle = (run: string, name: string, library: string) =>
    runVerb('export', run, '--format', 'bundle', '--out', join(folder, `${name}.microbatch`), '--library', library);
  const send = (name: string, text: string) =>
    page.locator('input[type="file"]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  const entry = (name: string) => page.getByRole('region', { name, exact: true });
  const start = () => page.getByRole('button', { name: /^Import \d/ }).click();
  const both = async (picture: string): Promise<void> => {
    for (const theme of ['light', 'dark'] as const) {
      await window.useTheme(theme);
      expect(await window.accessibilityProblems()).toEqual([]);
      await window.picture(`${picture}-${theme}`);
    }
  };

  it('show the columns of a file, take names and percent, and link to the run', async () => {
    await both('import-empty');
    await send('curves.csv', 'iteration,val_acc,loss,lr\n0,10,2.3,0.1\n10,54.5,1.2,0.1\n20,61,0.9,0.1\n');
    const curves = entry('curves.csv');
    await curves.getByText('3 series').waitFor();
    await curves.getByRole('button', { name: 'Use validation/accuracy' }).click();
    await curves.getByRole('checkbox', { name: 'val_acc is in percent', checked: true }).waitFor();
    await curves.getByRole('button', { name: 'Use train/loss' }).click();
    await curves.getByRole('checkbox', { name: 'Take lr' }).click();
    await curves.getByText('2 series').waitFor();
    await both('import-columns');
    await start();
    await curves.getByText('run, 2 series, 6 points').waitFor();
    await curves.getByRole('link', { name: 'curves' }).click();
    await page.getByText('61.00').first().waitFor();
    await page.keyboard.press('Control+i');
  });

  it('name what is refused and why, and go past it where that is meant', async () => {
    await send('nothing.csv', '');
    await entry('nothing.csv').getByText('nothing.csv is empty').waitFor();
    expect(await entry('nothing.csv').textContent()).not.toContain('/tmp');
    await page.getByRole('button', { name: 'Clear what is done' }).click();
    await send('again.csv', 'step,train/loss\n0,2\n');
    await entry('again.csv').getByText('1 series').waitFor();
    await start();
    await entry('again.csv').getByText('run, 1 series, 1 point').waitFor();
    await page.getByRole('button', { name: 'Clear what is done' }).click();
    await send('copy.csv', 'step,train/loss\n0,2\n');
    await entry('copy.csv').getByText('1 series').waitFor();
    await start();
    await entry('copy.csv').getByText('is in this library already').waitFor();
    await entry('copy.csv').getByRole('button', { name: 'Import it all the same' }).click();
    await start();
    await entry('copy.csv').getByText('Imported').waitFor();
  });

  it('tell the model of weights, which are evaluated, removed and brought back', async () => {
    await page
      .getByRole('textbox', { name: "File or folder of the host's machine" })
      .fill(join(folder, 'net.safetensors'));
    await page.keyboard.press('Enter');
    await entry('net.safetensors')
      .getByText(/Fits MLP 8, 10 classes, 784 inputs.*Fashion-MNIST, small/)
      .waitFor();
    await start();
    await entry('net.safetensors').getByRole('link', { name: 'net' }).click();
    await page.getByText(/^Recognised: MLP 8/).waitFor();
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByRole('grid', { name: /^Confusion matrix/ }).waitFor();
    await both('weights');
    await page.getByRole('link', { name: 'All imports' }).click();
    const things = page.getByRole('complementary', { name: 'Imported traces and weights' });
    await things.getByRole('button', { name: 'Remove net' }).click();
    await things.getByText('None yet. Imported weights').waitFor();
    await page.keyboard.press('Control+z');
    await things.getByRole('button', { name: 'Begin a run with net' }).click();
    await page
      .getByRole('combobox', { name: /^Weights/ })
      .getByText(/^net \(/)
      .waitFor();
    await page.keyboard.press('Control+i');
  });

  it('of a bundle that is dropped ask nothing: Undo takes it away again, and a refused one says why', async () => {
    const drop = async (name: string): Promise<void> => {
      const bytes = [...(await readFile(join(folder, name)))];
      await page.evaluate(
        ({ bytes, name }) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
          globalThis.window.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        },
        { bytes, name },
      );
    };
    await window.goTo('Runs');
    await drop('elsewhere.microbatch');
    await page.getByText('Imported From elsewhere').waitFor();
    await window.goTo('Runs');
    // The message stays while the pointer is on it, however long the list takes.
    await page.getByRole('button', { name: 'Undo' }).hover();
    await page.getByRole('link', { name: 'From elsewhere' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('link', { name: 'From elsewhere' }).waitFor({ state: 'detached' });
    await drop('here.microbatch');
    await entry('here.microbatch').getByText('is in this library already').waitFor();
    await page.keyboard.press('Control+i');
  });

  it('keep curves as traces, which a run can be grafted with', async () => {
    await send('norms.csv', 'step,train/gradient_norm\n0,2\n10,1.5\n19,1.2\n');
    await entry('norms.csv').getByText('As a trace').click();
    await start();
    await entry('norms.csv').getByText('trace, 1 series, 3 points').waitFor();
    await page.getByRole('button', { name: 'Graft norms onto a run' }).click();
    await page.getByRole('heading', { name: 'New run' }).waitFor();
    await page
      .getByText(/^norms \(/)
      .first()
      .waitFor();
    await page.getByText(/^Covers the first 28 steps: too short for [\d,]+\.$/).waitFor();
    await both('new-run-trace');
    expect(window.takeProblems()).toEqual([]);
  });
});
