import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { _electron } from 'playwright-core';
import { homeOf, removeLibrary } from './application.ts';
import type { Application } from './application.ts';
import { ApplicationWindow } from './window.ts';

/** The built desktop application in a real Electron, on a library and a user's folder of its own. */
export async function openDesktopApplication(binary: string, library: string): Promise<Application> {
  const home = homeOf(library);
  await mkdir(home, { recursive: true });
  const electron = await _electron.launch({
    executablePath: binary,
    args: [resolve(import.meta.dirname, '../..'), `--user-data-dir=${join(home, 'electron')}`],
    env: { ...definedEnvironment(), MICROBATCH_LIBRARY: library, MICROBATCH_HOME: home },
  });
  const window = await ApplicationWindow.over(await electron.firstWindow());
  return {
    ...{ window, page: window.page },
    async close() {
      // Runs that train would make it ask; the test has seen what it wanted.
      electron.process().kill('SIGTERM');
      await electron.waitForEvent('close');
      await removeLibrary(library);
    },
  };
}

/** Playwright takes only defined variables. */
function definedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
