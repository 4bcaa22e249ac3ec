import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newLibrary } from './application.ts';
import type { Application } from './application.ts';
import { describeInBoth } from './drivers.ts';
import { NewRunPage } from './pages/new-run-page.ts';
import { SettingsPage } from './pages/settings-page.ts';
import type { ApplicationWindow } from './window.ts';

describeInBoth('the settings', (open) => {
  let library: string;
  let application: Application;
  let window: ApplicationWindow;
  let page: Page;
  let settings: SettingsPage;

  beforeAll(async () => {
    library = await newLibrary();
    application = await open(library);
    ({ window, page } = application);
    settings = new SettingsPage(window);
    await settings.open();
  });
  afterAll(async () => {
    await application.close();
  });

  const colours = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);

  it('change the look at once, by pointer and by keyboard', async () => {
    await settings.choice('Theme', 'Dark').click();
    await expect.poll(colours).toBe('dark');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Space');
    await expect.poll(colours).toBe('light');
    await settings.choice('Sidebar', 'Icons').click();
    await expect.poll(() => settings.isChosen('Sidebar', 'Icons')).toBe(true);
    expect(await window.accessibilityProblems()).toEqual([]);
  });

  it('say what is wrong with a number of threads, and keep the last right one', async () => {
    await settings.threads.fill('many');
    await page.getByText(/^A whole number from 1 to 256/).waitFor();
    expect(await settings.threads.getAttribute('aria-invalid')).toBe('true');
    await settings.threads.fill('1');
    await page.getByText(/^A whole number from 1 to 256/).waitFor({ state: 'detached' });
  });

  it('are kept over a reload and are what a new run asks for', async () => {
    await settings.chooseExecutor('tfjs-cpu');
    await page.reload();
    await window.heading('Settings').waitFor();
    await expect.poll(() => settings.executor.textContent()).toContain('tfjs-cpu');
    expect(await settings.threads.inputValue()).toBe('1');
    expect(await settings.isChosen('Theme', 'Light')).toBe(true);
    const form = new NewRunPage(window);
    await form.open();
    await form.showAs('Text');
    await expect.poll(() => form.specText.inputValue()).toContain('"executor": "tfjs-cpu"');
    expect(await form.specText.inputValue()).toContain('"threads": 1');
  });

  it('say where the library is and what this program is', async () => {
    await settings.open();
    expect(await settings.fact('Folder').textContent()).toBe(library);
    expect(await settings.fact('Access').textContent()).toBe('read and write');
    expect(await settings.fact('Node').textContent()).toMatch(/\d+\.\d+\.\d+/);
    expect(window.takeProblems()).toEqual([]);
  });
});
