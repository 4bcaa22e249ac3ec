import { describe } from 'vitest';
import { electronBinary } from '../../scripts/electron-binary.ts';
import { openApplication } from './application.ts';
import type { Application } from './application.ts';
import { openDesktopApplication } from './desktop-application.ts';

/** Opens the application on a library. */
export type OpenApplication = (library: string) => Promise<Application>;

const electron = electronBinary();
if (electron === null) {
  console.warn(
    'SKIPPED: the end-to-end tests in Electron, because its binary is not here. They run where npm run setup:electron ' +
      'has fetched it, or where ELECTRON_OVERRIDE_DIST_PATH names the folder of one.',
  );
}

/** The same tests, through the same page objects, in the browser and in the desktop application. */
export function describeInBoth(name: string, tests: (open: OpenApplication) => void): void {
  describe(`${name}, in a browser`, () => tests(openApplication));
  describe.skipIf(electron === null)(`${name}, in Electron`, () =>
    tests((library) => openDesktopApplication(String(electron), library)),
  );
}
