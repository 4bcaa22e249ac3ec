import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newLibrary } from './application.ts';
import type { Application } from './application.ts';
import { describeInBoth } from './drivers.ts';
import { DevicesPage } from './pages/devices-page.ts';
import { NewRunPage } from './pages/new-run-page.ts';
import type { ApplicationWindow } from './window.ts';

describeInBoth('the devices', (open) => {
  let application: Application;
  let window: ApplicationWindow;
  let page: Page;
  let devices: DevicesPage;

  beforeAll(async () => {
    // With a user's folder of its own, in which no native runtime is installed.
    application = await open(await newLibrary());
    ({ window, page } = application);
    devices = new DevicesPage(window);
    await devices.open();
  });
  afterAll(async () => {
    await application.close();
  });

  it('tell what works, what to do about what does not, and how much memory is free', async () => {
    expect(await devices.executor('onnx').textContent()).toMatch(/Usable.*CPU/);
    const native = await devices.executor('tfjs-node-gpu').textContent();
    expect(native).toContain('Not usable');
    expect(native).toContain('To use it: install native TensorFlow, below');
    expect(await devices.memory.textContent()).toMatch(/[\d.]+\s[MGT]B of [\d.]+\s[MGT]B memory free/);
    expect(await window.accessibilityProblems()).toEqual([]);
  });

  it('warn of a choice that does not work here, and take one that does for new runs', async () => {
    await devices.choose('tfjs-node-gpu');
    const warning = page.getByText('tfjs-node-gpu does not work here');
    await warning.waitFor();
    expect(await window.accessibilityProblems()).toEqual([]);
    await devices.choose('tfjs-wasm');
    await warning.waitFor({ state: 'detached' });

    const form = new NewRunPage(window);
    await form.open();
    await form.showAs('Text');
    await expect.poll(() => form.specText.inputValue()).toContain('"executor": "tfjs-wasm"');
    await devices.open();
    expect(await devices.choice.textContent()).toContain('tfjs-wasm');
    expect(window.takeProblems()).toEqual([]);
  });
});
