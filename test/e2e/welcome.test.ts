import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import type { HostCommandId } from '../../src/contracts/commands.ts';
import { paths } from '../../src/headless/application.ts';
import { openLab } from '../../src/headless/open-lab.ts';
import type { OpenLab } from '../../src/headless/open-lab.ts';
import { startWebHost } from '../../src/headless/web-host.ts';
import type { WebHost } from '../../src/headless/web-host.ts';
import { newLibrary, removeLibrary } from './application.ts';
import { launchBrowser } from './browser.ts';
import { WelcomePage } from './pages/welcome-page.ts';
import { ApplicationWindow } from './window.ts';

/**
 * The first page on a host that opens other libraries, as the desktop application does: the real pages and the real lab,
 * which here also offers that command and notes that it was asked for. What the command does is tested in test/desktop.
 */
describe('the first page of a host that opens libraries', () => {
  const asked: HostCommandId[] = [];
  let library: string;
  let opened: OpenLab;
  let host: WebHost;
  let browser: Browser;
  let window: ApplicationWindow;

  beforeAll(async () => {
    library = await newLibrary();
    opened = await openLab({ library, owner: 'a test', write: true, trains: 'nothing' });
    const { handlers } = opened.lab;
    host = await startWebHost({
      handlers: {
        ...handlers,
        'host.information': async () => ({
          ...(await handlers['host.information'](null)),
          commands: ['library.open'],
        }),
        'commands.run': ({ command }) => {
          asked.push(command);
          return Promise.resolve(null);
        },
      },
      events: () => () => undefined,
      pages: paths.renderer,
      host: '127.0.0.1',
      port: 0,
      onUnexpected: (where, thrown) => console.error(where, thrown),
    });
    browser = await launchBrowser();
    window = await ApplicationWindow.open(browser, host.address);
  });
  afterAll(async () => {
    await browser.close();
    await host.close();
    await opened.lab.close();
    await removeLibrary(library);
  });

  it('opens one by its button and by the shortcut that the button names', async () => {
    const button = new WelcomePage(window).way('Open a library');
    await button.click();
    await expect.poll(() => asked).toEqual(['library.open']);
    await window.page.keyboard.press('Control+o');
    await expect.poll(() => asked).toEqual(['library.open', 'library.open']);
    expect(await window.page.getByText('microbatch serve --library DIR').count()).toBe(0);
    expect(await window.accessibilityProblems()).toEqual([]);
    expect(window.takeProblems()).toEqual([]);
  });
});
