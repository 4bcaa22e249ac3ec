import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startWebHost } from '../../src/headless/web-host.ts';
import type { WebHost } from '../../src/headless/web-host.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { RuntimeFixture } from '../../src/lab/native-runtime/runtime-fixture.ts';
import { labEntries, openTestLab } from '../open-lab.ts';
import { launchBrowser } from './browser.ts';
import { DevicesPage } from './pages/devices-page.ts';
import { ApplicationWindow } from './window.ts';

/**
 * A host whose wheels are small files of the test, whose pip is a script that never ends, and whose probe takes an addon
 * of text for TensorFlow: everything between them is the application's own.
 */
let fixture: RuntimeFixture;
let lab: Lab;
let host: WebHost;
let browser: Browser;
let window: ApplicationWindow;
let devices: DevicesPage;

beforeAll(async () => {
  fixture = new RuntimeFixture();
  vi.stubEnv('MICROBATCH_HOME', fixture.folder);
  const python = fixture.script('python3', 'case "$*" in *--version*) exit 0;; esac', 'echo Collecting; sleep 600');
  vi.stubEnv('PATH', [dirname(python), process.env['PATH'] ?? ''].join(delimiter));
  ({ lab } = await openTestLab(join(fixture.folder, 'library'), {
    entries: { ...labEntries, probe: resolve(import.meta.dirname, '../fake-probe.ts') },
    wheelsOf: (flavour) => fixture.pins[flavour],
  }));
  host = await startWebHost({
    ...{ handlers: lab.handlers, events: (listener) => lab.subscribe(listener), host: '127.0.0.1', port: 0 },
    pages: resolve(import.meta.dirname, '../../out/renderer'),
    onUnexpected: (where, thrown) => {
      throw new Error(where, { cause: thrown });
    },
  });
  browser = await launchBrowser();
  window = await ApplicationWindow.open(browser, host.address);
  devices = new DevicesPage(window);
  await devices.open();
});
afterAll(async () => {
  await browser.close();
  await host.close();
  await lab.close();
  vi.unstubAllEnvs();
  fixture.dispose();
});

it('an installation with pip shows what it does, outlives a reload, and is cancelled by the keyboard', async () => {
  await devices.nativeButton(/^Install with pip/).focus();
  await window.page.keyboard.press('Enter');
  await devices.installation.waitFor();
  await devices.native.getByText('Collecting', { exact: true }).waitFor();
  expect(await devices.native.getByRole('status').textContent()).toBe('Fetching tensorflow-cpu 2.18.1 with pip');
  // The button that was pressed is gone; the focus is on what stands in its place.
  await expect
    .poll(() => devices.nativeButton('Cancel').evaluate((node) => node === document.activeElement))
    .toBe(true);
  expect(await window.accessibilityProblems()).toEqual([]);

  await window.page.reload();
  await devices.open();
  await devices.installation.waitFor();
  await devices.nativeButton('Cancel').focus();
  await window.page.keyboard.press('Enter');
  await devices.nativeButton(/^Install with pip/).waitFor();
  expect(fixture.leftovers()).toEqual(['.downloads']);
  expect(await devices.native.getByRole('alert').count()).toBe(0);
});

it('an installation from a folder is usable at once, without a restart', async () => {
  expect(await devices.executor('tfjs-node-gpu').textContent()).toContain('Not usable');
  await devices.installFromFile(fixture.wheels);
  await devices.runtime('2.18.1').waitFor();
  await expect.poll(() => devices.executor('tfjs-node-gpu').textContent()).toMatch(/Usable.*CPU.*25\.0/);
  await expect.poll(() => devices.runtime('2.18.1').textContent()).toMatch(/Processor.*Usable/);
  expect(await devices.native.textContent()).toContain('2.50 times the speed of onnx');
  await devices.choose('tfjs-node-gpu');
  expect(await window.page.getByText('tfjs-node-gpu does not work here').count()).toBe(0);
  for (const theme of ['light', 'dark'] as const) {
    await window.useTheme(theme);
    expect(await window.accessibilityProblems()).toEqual([]);
  }
});

it('the memory of a graphics card is shown, all and free', async () => {
  const card = window.page.getByRole('region', { name: 'Graphics cards' }).getByRole('row', { name: /^Test card/ });
  expect(await card.textContent()).toMatch(/64\.4\sGB.*85\.9\sGB/);
});

it('a removed runtime comes back where the removal is undone', async () => {
  await devices.nativeButton('Remove TensorFlow 2.18.1, Processor').click();
  const undo = window.page.getByRole('status').getByRole('button', { name: /^Undo/ });
  // The message stays while the pointer is on it, however long the executors take to be tried out.
  await undo.hover();
  await expect.poll(() => devices.executor('tfjs-node-gpu').textContent()).toContain('Not usable');
  await undo.click();
  await devices.runtime('2.18.1').waitFor();
  await expect.poll(() => devices.executor('tfjs-node-gpu').textContent()).toMatch(/Usable.*25\.0/);
});

it('a failure says what is wrong and what to do, at its place', async () => {
  await devices.installFromFile(join(fixture.folder, 'none.whl'));
  const alert = devices.native.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/none\.whl does not exist.*Name one of them/);
  expect(window.takeProblems()).toEqual([]);
});
