import { rm } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { startHost } from './host.ts';
import type { Host } from './host.ts';
import { ApplicationWindow } from './window.ts';

/** The application as a person has it: a host on a library, and a window in a browser. */
export interface Application {
  readonly host: Host;
  readonly window: ApplicationWindow;
  readonly page: Page;
  /** Ends browser and host, and removes the library. */
  close(): Promise<void>;
}

export async function openApplication(library: string): Promise<Application> {
  const host = await startHost(library);
  const browser = await launchBrowser();
  const window = await ApplicationWindow.open(browser, host.address);
  return {
    ...{ host, window, page: window.page },
    async close() {
      await browser.close();
      await host.stop();
      await rm(library, { recursive: true, force: true });
    },
  };
}
