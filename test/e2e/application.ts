import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { startHost } from './host.ts';
import type { Host } from './host.ts';
import { ApplicationWindow } from './window.ts';

/** The application as a person has it: a window on a library. */
export interface Application {
  readonly window: ApplicationWindow;
  readonly page: Page;
  /** Ends it, and removes the library and the user's folder. */
  close(): Promise<void>;
}

/** In a browser, served by a host of its own. */
export interface ServedApplication extends Application {
  readonly host: Host;
}

export const newLibrary = (): Promise<string> => mkdtemp(join(tmpdir(), 'microbatch-e2e-'));

/** The user's folder that goes with a library of a test: settings and data sets of this user's stay out of it. */
export const homeOf = (library: string): string => process.env['MICROBATCH_HOME'] ?? `${library}-home`;

export async function removeLibrary(library: string): Promise<void> {
  for (const folder of [library, `${library}-home`]) await rm(folder, { recursive: true, force: true });
}

export async function openApplication(library: string): Promise<ServedApplication> {
  const host = await startHost(library, homeOf(library));
  const browser = await launchBrowser();
  const window = await ApplicationWindow.open(browser, host.address);
  return {
    ...{ host, window, page: window.page },
    async close() {
      await browser.close();
      await host.stop();
      await removeLibrary(library);
    },
  };
}
